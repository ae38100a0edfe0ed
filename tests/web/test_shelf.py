"""What feed addresses answer with is kept in memory, and made once for each change."""

from __future__ import annotations

import asyncio
import gzip
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from aggregator.coding import CODINGS, IDENTITY
from aggregator.web.serving import Document
from aggregator.web.shelf import ANY, Resource, Shelf
from tests.making import a_feed
from tests.web.newsroom import CHANGED, FakeStore, ask, make_publication

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import pytest

    from aggregator.errors import StoreError
    from aggregator.ports import Store
    from tests.web.newsroom import Newsroom

FEED, OTHER, SOURCE = "/feeds/all.rss", "/feeds/logistik.rss", "/feeds/source/pelabuhan.rss"


class House:
    """A shelf over documents that can be held back while they are loaded."""

    def __init__(self, limit_bytes: int = 1_000_000) -> None:
        self.store = FakeStore()
        feeds = [a_feed("all", "one")]
        feeds += [a_feed(f"source/{source}", source, on_demand=True) for source in ("one", "two")]
        self.shelf = Shelf(feeds, cast("Store", self.store), limit_bytes=limit_bytes)
        self.bodies: dict[str, bytes | None] = {}
        self.loads: list[str] = []
        self.open = threading.Event()
        self.open.set()

    def resource(self, feed: str, body: bytes | None = b"first") -> Resource:
        self.bodies[feed] = body
        return Resource(feed, lambda: self._load(feed), [(b"link", b"x")])

    def _load(self, feed: str) -> Document | None:
        body = self.bodies[feed]
        self.loads.append(feed)
        assert self.open.wait(20)
        if body is None:
            return None
        return Document(body=body, etag=f'"{body.hex()}"', media_type="text/plain", changed_at=CHANGED)

    def publish(self, feed: str, body: bytes | None = None) -> None:
        """Store a new edition."""
        if body is not None:
            self.bodies[feed] = body
        self.store.serials[feed] = max(self.store.serials.values(), default=0) + 1

    async def body(self, resource: Resource, coding: str = IDENTITY) -> bytes | None:
        ready = await self.shelf.ready(resource, coding)
        return ready and ready[1]

    async def loading(self, count: int) -> None:
        """Wait until so many loads have begun."""
        await until(lambda: len(self.loads) >= count)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 # what is waited for has no event of its own
            await asyncio.sleep(0.001)


def on_loop(test: Callable[..., Coroutine[None, None, None]]) -> Callable[..., None]:
    return lambda: asyncio.run(test())


@on_loop
async def test_what_does_not_change_is_loaded_once() -> None:
    house = House()
    feed = house.resource("all")
    for coding in CODINGS:
        for _ in range(3):
            ready = await house.shelf.ready(feed, coding)
            assert ready is not None
            assert house.shelf.at_hand(feed, coding) is ready[0]
            assert ready[1] == CODINGS[coding](b"first")
    house.shelf.refresh()
    assert await house.body(feed) == b"first"
    assert house.loads == ["all"]


@on_loop
async def test_however_many_ask_at_once_it_is_made_once() -> None:
    house = House()
    house.open.clear()
    feed = house.resource("all")
    asked = [asyncio.create_task(house.shelf.ready(feed, "gzip")) for _ in range(50)]
    await house.loading(1)
    house.open.set()
    assert len({id(ready and ready[0]) for ready in await asyncio.gather(*asked)}) == 1
    assert house.loads == ["all"]


@on_loop
async def test_who_gives_up_does_not_take_the_others_along() -> None:
    house = House()
    house.open.clear()
    feed = house.resource("all")
    first, second = (asyncio.create_task(house.body(feed)) for _ in range(2))
    await house.loading(1)
    first.cancel()
    house.open.set()
    assert await second == b"first"
    assert house.loads == ["all"]


@on_loop
async def test_a_new_edition_shows_at_once() -> None:
    house = House()
    feed, other = house.resource("all"), house.resource("news")
    await house.body(feed, "gzip"), await house.body(other)
    house.publish("all", b"second")
    house.shelf.refresh()
    assert house.shelf.at_hand(feed, "gzip") is None
    assert house.shelf.at_hand(other, IDENTITY) is not None, "another feed is as it was"
    assert await house.body(feed, "gzip") == CODINGS["gzip"](b"second")
    assert await house.body(feed) == b"second"
    assert house.loads == ["all", "news", "all"]


@on_loop
async def test_the_same_bytes_again_are_not_compressed_again() -> None:
    house = House()
    feed = house.resource("all")
    before = await house.shelf.ready(feed, "gzip")
    house.publish("all")
    house.shelf.refresh()
    assert await house.body(feed) == b"first"
    after = await house.shelf.ready(feed, "gzip")
    assert before is not None
    assert after is not None
    assert after[0] is before[0]
    assert after[1] is before[1]
    assert house.loads == ["all", "all"]


@on_loop
async def test_who_asks_after_a_change_does_not_get_what_was_loaded_before_it() -> None:
    house = House()
    house.open.clear()
    feed = house.resource("all")
    early = asyncio.create_task(house.body(feed))
    await house.loading(1)
    house.publish("all", b"second")
    house.shelf.refresh()
    late = asyncio.create_task(house.body(feed))
    await house.loading(2)
    house.open.set()
    assert await late == b"second"
    assert await early == b"first"
    assert await house.body(feed) == b"second"


@on_loop
async def test_an_old_edition_that_comes_late_is_not_kept() -> None:
    house = House()
    early, late = threading.Event(), threading.Event()
    gates = {b"first": early, b"second": late}
    bodies = iter(gates)

    def load() -> Document:
        body = next(bodies)
        house.loads.append("all")
        assert gates[body].wait(20)
        return Document(body=body, etag=f'"{body.hex()}"', media_type="text/plain")

    feed = Resource("all", load, [])
    slow = asyncio.create_task(house.body(feed))
    await house.loading(1)
    house.publish("all")
    house.shelf.refresh()
    fast = asyncio.create_task(house.body(feed))
    await house.loading(2)
    late.set()
    assert await fast == b"second"
    early.set()
    assert await slow == b"first"
    assert await house.body(feed) == b"second"


@on_loop
async def test_the_feed_of_a_source_changes_with_its_source() -> None:
    house = House()
    house.store.source_revisions = {"one": 1, "two": 1}
    one, two, all_ = house.resource("source/one"), house.resource("source/two"), house.resource("all")
    house.shelf.refresh()
    for feed in (one, two, all_):
        await house.body(feed)
    house.store.source_revisions["one"] = 2
    house.shelf.refresh()
    assert house.shelf.at_hand(one, IDENTITY) is None
    assert house.shelf.at_hand(two, IDENTITY) is not None
    assert house.shelf.at_hand(all_, IDENTITY) is not None, "that is rendered when it changes"


@on_loop
async def test_what_is_made_of_all_feeds_changes_with_each() -> None:
    house = House()
    outline = house.resource(ANY)
    await house.body(outline)
    house.shelf.refresh()
    assert house.shelf.at_hand(outline, IDENTITY) is not None
    house.publish("news")
    house.shelf.refresh()
    assert house.shelf.at_hand(outline, IDENTITY) is None


@on_loop
async def test_what_is_not_published_yet_is_not_asked_for_again_and_again() -> None:
    house = House()
    feed = house.resource("all", None)
    assert await house.body(feed) is None
    assert await house.body(feed) is None
    assert house.loads == ["all"]
    house.publish("all", b"first")
    house.shelf.refresh()
    assert await house.body(feed) == b"first"


@on_loop
async def test_a_withdrawn_feed_is_withdrawn() -> None:
    house = House()
    feed = house.resource("all")
    await house.body(feed)
    house.publish("all")
    house.bodies["all"] = None
    house.shelf.refresh()
    assert await house.body(feed) is None
    assert house.shelf.at_hand(feed, IDENTITY) is None
    assert await house.body(feed) is None
    assert house.loads == ["all", "all"]


@on_loop
async def test_memory_is_bounded_and_the_database_knows_what_was_let_go_of() -> None:
    house = House(limit_bytes=250)
    feeds = [house.resource(f"feed-{number}", bytes([number]) * 100) for number in range(5)]
    for number, feed in enumerate(feeds):
        assert await house.body(feed) == bytes([number]) * 100
        first = house.shelf.at_hand(feeds[0], IDENTITY)
        assert first is not None
        house.shelf.touch(first)
    kept = [number for number, feed in enumerate(feeds) if feed.representations[IDENTITY].body]
    assert kept == [0, 4], "what was sent last"
    gone = house.shelf.at_hand(feeds[1], IDENTITY)
    assert gone is not None
    assert gone.body is None
    assert gone.unmodified, "who has it already can be told so"
    assert await house.body(feeds[1]) == b"\x01" * 100
    assert house.loads.count("feed-1") == 2


@on_loop
async def test_what_was_only_needed_to_compress_is_let_go_of_first() -> None:
    house = House(limit_bytes=1500)
    feeds = [house.resource(f"feed-{number}", bytes([number]) * 1000) for number in range(8)]
    for feed in feeds:
        await house.body(feed, "gzip")
    assert all(feed.representations["gzip"].body for feed in feeds)
    assert sum(bool(feed.representations[IDENTITY].body) for feed in feeds) <= 1


@on_loop
async def test_what_is_larger_than_the_shelf_is_served_all_the_same() -> None:
    house = House(limit_bytes=3)
    feed = house.resource("all")
    for _ in range(2):
        assert await house.body(feed) == b"first"
        assert await house.body(feed, "gzip") == CODINGS["gzip"](b"first")
    assert len(house.loads) == 4


@on_loop
async def test_all_codings_are_served_from_one_load_at_the_same_time() -> None:
    house = House()
    feed = house.resource("all")
    made = await asyncio.gather(*(house.body(feed, coding) for coding in CODINGS))
    assert made == [encode(b"first") for encode in CODINGS.values()]
    again = [await house.body(feed, coding) for coding in CODINGS]
    assert again == made


def test_a_database_that_does_not_answer_is_said_once(
    broken_database: StoreError, caplog: pytest.LogCaptureFixture
) -> None:
    house = House()
    for error in (broken_database, broken_database, None, broken_database):
        house.store.error = error
        house.shelf.refresh()
    assert len(caplog.records) == 2
    assert "feeds are served as they were" in caplog.text


def test_a_mistake_of_ours_does_not_end_the_watch(caplog: pytest.LogCaptureFixture) -> None:
    house = House()

    async def watched() -> None:
        house.store.error = ZeroDivisionError()
        watch = asyncio.create_task(house.shelf.watch(0))
        await until(lambda: bool(caplog.records))
        house.store.error = None
        house.publish("all")
        await until(lambda: house.shelf._serial == 1)
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch

    asyncio.run(watched())
    assert "please report it" in caplog.text


def test_a_hot_request_asks_nothing_of_the_database(newsroom: Newsroom, broken_database: StoreError) -> None:
    async def asked() -> None:
        application = newsroom.application()
        for path in (FEED, SOURCE, "/feed/", "/feeds.opml"):
            assert (await ask(application, path)).status_code == 200
        newsroom.store.error = broken_database
        application.shelf.refresh()
        for path in (FEED, SOURCE, "/feed/", "/feeds.opml"):
            assert (await ask(application, path)).status_code == 200
        assert (await ask(application, OTHER)).status_code == 503
        newsroom.store.error = None
        assert (await ask(application, OTHER)).status_code == 200

    asyncio.run(asked())


def test_what_was_let_go_of_is_loaded_again_and_who_has_it_is_told_without(newsroom: Newsroom) -> None:
    async def asked() -> None:
        application = newsroom.application()
        application.shelf._bodies._room = 1
        first = await ask(application, FEED)
        assert (await ask(application, FEED)).content == first.content
        assert newsroom.store.asked == 2
        assert (await ask(application, FEED, headers={"If-None-Match": "*"})).status_code == 304
        assert newsroom.store.asked == 2

    asyncio.run(asked())


def test_a_new_edition_is_another_answer(newsroom: Newsroom) -> None:
    async def asked() -> None:
        application = newsroom.application()
        first = await ask(application, FEED)
        newsroom.store.publications["all", "rss"] = make_publication("all", "rss", b"<second/>")
        newsroom.store.serials["all"] = 1
        application.shelf.refresh()
        for headers in ({}, {"If-None-Match": first.headers["etag"]}):
            second = await ask(application, FEED, headers=headers)
            assert (second.status_code, second.content) == (200, b"<second/>")
        assert (await ask(application, "/feed/")).content == b"<second/>"

    asyncio.run(asked())


def test_a_new_date_of_the_same_bytes_is_told(newsroom: Newsroom) -> None:
    async def asked() -> None:
        application = newsroom.application()
        await ask(application, FEED)
        stored = newsroom.store.publications["all", "rss"]
        newsroom.store.publications["all", "rss"] = replace(stored, changed_at=CHANGED.replace(second=9))
        newsroom.store.serials["all"] = 1
        application.shelf.refresh()
        response = await ask(application, FEED)
        assert response.headers["last-modified"] == "Wed, 20 Nov 2024 09:00:09 GMT"

    asyncio.run(asked())


def test_a_request_for_a_delta_takes_the_other_way(newsroom: Newsroom) -> None:
    tag = newsroom.store.publications["all", "rss"].etag
    asked = {"A-IM": "feed", "If-None-Match": tag}
    assert newsroom.ask(FEED, headers=asked, warm=True).status_code == 304
    assert newsroom.ask(FEED, headers={"A-IM": "feed"}, warm=True).status_code == 200


def test_requests_at_hand_are_counted(newsroom: Newsroom) -> None:
    async def counted() -> list[str]:
        application = newsroom.application()
        for method, headers in (("GET", {}), ("GET", {}), ("HEAD", {"If-None-Match": "*"})):
            await ask(application, FEED, method, headers)
        return [(await ask(application, "/metrics")).text for _ in range(2)]

    for text in asyncio.run(counted()):
        lines = text.splitlines()
        assert 'aggregator_http_requests_total{kind="feed",status="200"} 2.0' in lines
        assert 'aggregator_http_requests_total{kind="feed",status="304"} 1.0' in lines


def test_what_others_publish_is_seen_while_the_application_lives(newsroom: Newsroom) -> None:
    async def lived() -> None:
        application = newsroom.application()
        started, over = asyncio.Event(), asyncio.Event()
        asked = iter(("lifespan.startup", "lifespan.shutdown"))

        async def receive() -> dict[str, str]:
            kind = next(asked)
            if kind == "lifespan.shutdown":
                await over.wait()
            return {"type": kind}

        async def send(_message: object) -> None:
            started.set()

        scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
        life = asyncio.create_task(application(scope, receive, send))
        await started.wait()
        before = await ask(application, FEED)
        newsroom.store.publications["all", "rss"] = make_publication("all", "rss", b"<second/>")
        newsroom.store.serials["all"] = 1
        await until(lambda: application.shelf._serial == 1)
        assert (await ask(application, FEED)).content != before.content
        over.set()
        await life

    asyncio.run(lived())


def signed(basis: Resource, name: str) -> Resource:
    """Return what one reader reads of another document: it with a name below it."""

    def load(document: Document) -> Document:
        return replace(document, body=document.body + name.encode(), etag=f'"{name}{document.etag[1:]}')

    return Resource(basis.feed, load, [], basis=basis)


@on_loop
async def test_what_one_reader_each_reads_is_made_of_a_document_that_is_loaded_once() -> None:
    house = House()
    basis = house.resource("all")
    ones = [signed(basis, name) for name in ("warta", "gema")]
    for one, name in zip(ones, (b"warta", b"gema"), strict=True):
        for _ in range(2):
            assert gzip.decompress(await house.body(one, "gzip") or b"") == b"first" + name
        assert list(one.representations) == ["gzip"], "who reads it wants no other"
    assert await house.body(ones[0]) == b"firstwarta"
    assert await house.body(basis) == b"first"
    assert len(house.loads) == 1
    house.publish("all", b"second")
    house.shelf.refresh()
    assert [await house.body(one) for one in ones] == [b"secondwarta", b"secondgema"]
    assert len(house.loads) == 2


@on_loop
async def test_of_a_document_that_there_is_not_yet_nothing_is_made() -> None:
    house = House()
    one = signed(house.resource("all", None), "warta")
    assert await house.body(one) is None
    house.publish("all", b"first")
    house.shelf.refresh()
    assert await house.body(one) == b"firstwarta"


@on_loop
async def test_what_one_reader_each_reads_has_room_of_its_own() -> None:
    house = House()
    house.shelf._ones._room = 250
    basis = house.resource("all", b"x" * 100)
    ones = [signed(basis, str(number)) for number in range(5)]
    for one in ones:
        await house.body(one)
        first = house.shelf.at_hand(ones[0], IDENTITY)
        assert first is not None
        house.shelf.touch(first)
    assert [bool(one.representations[IDENTITY].body) for one in ones] == [True, False, False, False, True]
    assert basis.representations[IDENTITY].body
    assert await house.body(ones[1]) == b"x" * 100 + b"1"
    assert len(house.loads) == 1


@on_loop
async def test_what_is_made_while_its_basis_changes_is_of_the_newer_one() -> None:
    house = House()
    basis = house.resource("all")
    one = signed(basis, "warta")
    house.open.clear()
    waiting = asyncio.create_task(house.body(one))
    await house.loading(1)
    house.publish("all", b"second")
    house.shelf.refresh()
    house.open.set()
    assert await waiting in {b"firstwarta", b"secondwarta"}
    assert await house.body(one) == b"secondwarta"
