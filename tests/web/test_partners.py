"""Who asks for a partner's feed: keys, contracts, rates, and what strangers try."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack, closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from aggregator.model.partner import Rate, Use
from aggregator.observe import Metrics
from aggregator.rules.keys import digest
from aggregator.store import open_store
from aggregator.web import partners
from aggregator.web.partners import Gatekeeper, Refused, bearer, network
from aggregator.web.words import ENGLISH, INDONESIAN
from tests.making import a_partner
from tests.web.contracts import KEY, WAYS, ask_for, sign
from tests.web.newsroom import NOW, FakeStore

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from aggregator.errors import StoreError
    from aggregator.model.partner import Partner
    from aggregator.ports import Store
    from aggregator.store import SqlStore
    from tests.web.newsroom import Newsroom

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ODD_KEYS = {
    "unicode": "kunci-é-☕-" + "x" * 30,
    "10 kB": "k" * 10_000,
    "like ours": "ak_" + "A" * 43,
    "the hash of a key": digest(KEY),
    "dots": "..",
    "the beginning of a key": KEY[:-1],
    "more than a key": KEY + "x",
    "a key in other letters": KEY.swapcase(),
    "two keys": f"{KEY} {KEY}",
}
ways = pytest.mark.parametrize("way", WAYS)


class Gate:
    """A gatekeeper whose clock a test moves."""

    def __init__(self, *partners: Partner, over: SqlStore | None = None) -> None:
        self.now = NOW
        self.store = FakeStore()
        self.metrics = Metrics()
        self.gatekeeper = Gatekeeper(
            partners,
            store=over or cast("Store", self.store),
            clock=lambda: self.now,
            metrics=self.metrics,
            words=ENGLISH,
        )

    def shown(self) -> set[str]:
        """Return what Prometheus is told of partners."""
        lines = self.metrics.exposition()[0].decode().splitlines()
        return {line for line in lines if line.startswith("aggregator_partner") and "_created" not in line}

    def tries(self, count: int, key: str = KEY, client: str = "192.0.2.1") -> list[int]:
        """Return what asking so often comes to: 200, or the status of the refusal."""
        return asyncio.run(self._tries(count, key, client))

    async def _tries(self, count: int, key: str, client: str) -> list[int]:
        return [await self.once(key, client) for _ in range(count)]

    async def once(self, key: str = KEY, client: str = "192.0.2.1") -> int:
        try:
            await self.gatekeeper.admit(key, client, feed="all")
        except Refused as refused:
            self.refused = refused
            return refused.status_code
        return 200

    def at_once(self, count: int) -> list[int]:
        """Return what asking so often at the same moment comes to."""

        async def together() -> list[int]:
            return list(await asyncio.gather(*(self.once() for _ in range(count))))

        return asyncio.run(together())

    def flush(self) -> None:
        asyncio.run(self.gatekeeper.flush())


class TestKeys:
    @ways
    def test_a_valid_key_opens_what_is_in_the_contract(self, newsroom: Newsroom, way: str) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY))
        assert ask_for(newsroom, way).status_code == 200

    @pytest.mark.parametrize("key", ODD_KEYS.values(), ids=ODD_KEYS)
    def test_at_an_own_address_no_other_key_is_anything(self, newsroom: Newsroom, key: str) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY))
        nowhere = newsroom.ask("/not/there")
        refused = ask_for(newsroom, "own address", key=key)
        assert (refused.status_code, refused.content) == (404, nowhere.content)
        assert dict(refused.headers) == dict(nowhere.headers)

    @pytest.mark.parametrize("key", ["", *ODD_KEYS.values()], ids=["empty", *ODD_KEYS])
    def test_in_a_header_it_is_said_to_be_unknown(self, newsroom: Newsroom, key: str) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY))
        refused = ask_for(newsroom, "Authorization", key=key)
        assert (refused.status_code, refused.text) == (404, INDONESIAN.key_unknown)
        assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert refused.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("path", ["/p/", "/p//", "/p//all.rss", "/p/\udcff/all.rss", f"/p/{KEY}"])
    def test_addresses_without_a_key_or_without_a_feed(self, newsroom: Newsroom, path: str) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY))
        assert newsroom.ask_raw(path)[0] == 404

    @pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
    def test_the_scheme_is_read_as_rfc_9110_has_it(self, newsroom: Newsroom, scheme: str) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY))
        answer = newsroom.ask("/feeds/all.rss", headers={"Authorization": f"{scheme} {KEY}"})
        assert answer.headers["cache-control"] == "private, max-age=60"

    @pytest.mark.parametrize("authorization", ["Basic d2FydGE6eA==", KEY, "Bearerx y", "Digest Bearer"])
    def test_who_names_no_key_reads_what_everybody_reads(
        self, newsroom: Newsroom, authorization: str
    ) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY))
        for warm in (False, True):
            answer = newsroom.ask("/feeds/all.rss", headers={"Authorization": authorization}, warm=warm)
            assert answer.content == newsroom.store.publications["all", "rss"].body

    def test_what_is_longer_than_any_key_is_not_hashed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        hashed: list[int] = []

        def note(key: str) -> str:
            hashed.append(len(key))
            return digest(key)

        monkeypatch.setattr(partners, "digest", note)
        gate = Gate(a_partner(key=KEY))
        assert gate.tries(1, "k" * 201) + gate.tries(1, "k" * 10_000_000) == [404, 404]
        assert gate.tries(1) == [200]
        assert hashed == [len(KEY)]

    def test_two_keys_are_valid_while_they_are_exchanged(self) -> None:
        gate = Gate(a_partner(key_hashes=frozenset(map(digest, ("old key", "new key")))))
        assert [gate.tries(1, key) for key in ("old key", "new key", "no key")] == [[200], [200], [404]]

    def test_keys_that_are_made_meanwhile(self) -> None:
        gate = Gate(a_partner())
        gate.store.made_keys = {digest(KEY): "warta", digest("x"): "who was a partner"}
        assert gate.tries(1) == [404]
        gate.gatekeeper.refresh()
        assert gate.tries(1) + gate.tries(1, "x") == [200, 404]
        gate.store.made_keys = {}
        gate.gatekeeper.refresh()
        assert gate.tries(1) == [404]

    @pytest.mark.parametrize("bug", [False, True])
    def test_keys_stay_valid_while_the_database_does_not_answer(
        self, broken_database: StoreError, *, bug: bool
    ) -> None:
        gate = Gate(a_partner())
        gate.store.made_keys = {digest(KEY): "warta"}
        gate.gatekeeper.refresh()
        gate.store.error = ValueError("a bug") if bug else broken_database
        gate.gatekeeper.refresh()
        assert gate.tries(1) == [200]

    def test_keys_are_known_from_the_first_request_on(self, newsroom: Newsroom) -> None:
        sign(newsroom, a_partner("warta", "all"))
        newsroom.store.made_keys = {digest(KEY): "warta"}
        asyncio.run(newsroom.live())
        assert ask_for(newsroom, "own address").status_code == 200


class TestContracts:
    @ways
    @pytest.mark.parametrize("name", ["logistik.rss", "source/pelabuhan.json"])
    def test_a_feed_outside_of_the_contract(self, newsroom: Newsroom, way: str, name: str) -> None:
        sign(newsroom, a_partner("warta", "all", "news", key=KEY))
        refused = ask_for(newsroom, way, name)
        assert refused.status_code == 403
        assert refused.text == INDONESIAN.key_elsewhere.format(feeds="all, news")
        assert refused.headers["content-type"] == "text/plain; charset=utf-8"
        assert refused.headers["cache-control"] == "no-store"

    def test_of_many_feeds_some_are_named(self) -> None:
        gate = Gate(a_partner("warta", *(f"f{number}" for number in range(30)), key=KEY))
        assert gate.tries(1) == [403]
        assert "f19, …. " in gate.refused.detail
        assert "f20" not in gate.refused.detail

    @ways
    def test_a_contract_that_is_over(self, newsroom: Newsroom, way: str) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY, expires=NOW + SECOND))
        assert ask_for(newsroom, way).status_code == 200
        newsroom.now += SECOND
        for _ in range(2):
            refused = ask_for(newsroom, way)
            assert refused.status_code == 403
            assert refused.text == INDONESIAN.key_expired.format(ended="2024-11-20 09:30 UTC")

    @ways
    def test_a_format_that_there_is_not(self, newsroom: Newsroom, way: str) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY))
        assert ask_for(newsroom, way, "all.xml").status_code == 404


class TestTries:
    def test_ten_thousand_keys_from_one_address(self) -> None:
        gate = Gate(a_partner(key=KEY))
        answers = [gate.tries(1, f"guess {number}")[0] for number in range(100)] + gate.tries(9_900, "guess")
        assert answers == [404] * 20 + [429] * 9_980
        assert gate.refused.headers == {"Retry-After": "60"}
        assert gate.refused.detail == ENGLISH.key_tries
        gate.now += MINUTE
        assert gate.tries(21, "guess") == [404] * 20 + [429]

    @ways
    def test_are_refused_with_words(self, newsroom: Newsroom, way: str) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY))
        answers = [ask_for(newsroom, way, key=f"guess-{number}") for number in range(21)]
        assert [answer.status_code for answer in answers] == [404] * 20 + [429]
        assert answers[-1].text == INDONESIAN.key_tries
        assert answers[-1].headers["retry-after"] == "60"
        assert ask_for(newsroom, way, key="guess", client="192.0.2.9").status_code == 404
        # Behind a proxy, all come from one address.
        assert [ask_for(newsroom, way).status_code for _ in range(3)] == [200] * 3

    def test_an_ipv6_network_is_one_address(self) -> None:
        gate = Gate(a_partner(key=KEY))
        answers = [gate.tries(1, "x", f"2001:db8::{number:x}")[0] for number in range(25)]
        assert answers == [404] * 20 + [429] * 5
        assert gate.tries(1, "x", "2001:db8:0:1::1") == [404]

    def test_no_more_addresses_are_remembered_than_there_is_room_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(partners, "ADDRESSES", 3)
        gate = Gate(a_partner(key=KEY))
        assert gate.tries(21, "x", "192.0.2.1")[-1] == 429
        for number in range(2, 5):
            gate.tries(1, "x", f"192.0.2.{number}")
        assert len(gate.gatekeeper._tries) == 3
        assert gate.tries(1, "x", "192.0.2.1") == [404]

    def test_a_clock_that_is_set_back_locks_nobody_out(self) -> None:
        gate = Gate(a_partner(key=KEY))
        gate.tries(30, "x")
        gate.now -= timedelta(days=1)
        assert gate.tries(1, "x") == [404]

    @pytest.mark.parametrize(
        ("client", "known_as"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("fe80::1%eth0", "fe80::/64"),
            ("", ""),
            ("/run/proxy.sock", ""),
        ],
    )
    def test_networks(self, client: str, known_as: str) -> None:
        assert network(client) == known_as


class TestRates:
    def test_as_often_as_the_contract_says(self) -> None:
        gate = Gate(a_partner(key=KEY, rate=Rate(count=3, period=MINUTE)))
        assert gate.tries(5) == [200, 200, 200, 429, 429]
        assert gate.refused.headers == {"Retry-After": "21"}  # a third of a minute, rounded up
        assert gate.refused.detail == ENGLISH.key_too_often.format(count=3, seconds=60)
        gate.now += timedelta(seconds=21)
        assert gate.tries(2) == [200, 429]
        gate.now += 60 * MINUTE
        assert gate.tries(5) == [200, 200, 200, 429, 429]

    @ways
    def test_at_every_address(self, newsroom: Newsroom, way: str) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY, rate=Rate(count=4, period=MINUTE)))
        answers = [ask_for(newsroom, way) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
        assert answers[-1].text == INDONESIAN.key_too_often.format(count=4, seconds=60)
        assert answers[-1].headers["retry-after"] == "16"
        assert answers[-1].headers["cache-control"] == "no-store"

    def test_while_the_bucket_is_empty_the_database_is_not_asked(self) -> None:
        gate = Gate(a_partner(key=KEY, rate=Rate(count=2, period=MINUTE)))
        gate.tries(100)
        assert gate.store.leases == 3

    def test_fast_ones_ask_the_database_once_a_second(self) -> None:
        gate = Gate(a_partner(key=KEY, rate=Rate(count=6000, period=MINUTE)))
        assert gate.tries(1000) == [200] * 1000
        assert gate.store.leases == 10

    def test_all_who_ask_at_the_same_moment_wait_for_one_answer(self) -> None:
        gate = Gate(a_partner(key=KEY, rate=Rate(count=600, period=MINUTE)))
        assert gate.at_once(10) == [200] * 10
        assert gate.store.leases == 1
        slow = Gate(a_partner(key=KEY, rate=Rate(count=3, period=MINUTE)))
        assert sorted(slow.at_once(10)) == [200] * 3 + [429] * 7
        assert slow.store.leases == 4

    def test_a_restart_and_a_second_process_are_not_forgotten(self, tmp_path: Path) -> None:
        contract = a_partner(key=KEY, rate=Rate(count=5, period=MINUTE))
        with ExitStack() as stack:
            one, other = (
                stack.enter_context(closing(open_store(f"sqlite:///{tmp_path}/aggregator.db")))
                for _ in range(2)
            )
            here, there = Gate(contract, over=one), Gate(contract, over=other)
            assert here.tries(2) + there.tries(2) + here.tries(1) == [200] * 5
            assert here.tries(1) + there.tries(1) == [429, 429]
            assert Gate(contract, over=one).tries(1) == [429]

    def test_while_the_database_does_not_answer_a_partner_is_no_worse_off_than_others(
        self, broken_database: StoreError, caplog: pytest.LogCaptureFixture
    ) -> None:
        gate = Gate(a_partner(key=KEY, rate=Rate(count=1, period=MINUTE)))
        gate.store.error = broken_database
        assert gate.tries(3) == [200] * 3
        assert len(caplog.records) == 1
        gate.store.error = None
        gate.now += partners.UNASKED
        assert gate.tries(2) == [200, 429]

    def test_while_the_database_is_busy_one_waits_and_not_for_long(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(partners, "PATIENCE_SECONDS", 0.01)
        gate = Gate(*(a_partner(name, key=name, rate=Rate(count=2, period=MINUTE)) for name in "ab"))
        free, lease = threading.Event(), gate.store.lease

        def busy(*of: Any, **when: Any) -> tuple[int, datetime]:
            assert free.wait(30)
            return lease(*of, **when)

        async def ask() -> list[int]:
            meanwhile = [await gate.once("a")]
            monkeypatch.setattr(partners, "PATIENCE_SECONDS", 30)  # nobody waits again
            meanwhile += [await gate.once(key) for key in "aabb"]
            free.set()
            leasing = gate.gatekeeper.known("a").leasing  # type: ignore[union-attr] # it is known
            assert leasing is not None
            await leasing
            gate.now += partners.UNASKED
            return meanwhile + [await gate.once("a") for _ in range(3)]

        monkeypatch.setattr(gate.store, "lease", busy)
        assert asyncio.run(ask()) == [200] * 5 + [200, 200, 429]
        assert [record.getMessage() for record in caplog.records] == [
            "for 10 seconds partners' rates are not looked at: the database is busy"
        ]

    def test_a_clock_that_is_set_back_locks_nobody_out(self) -> None:
        gate = Gate(a_partner(key=KEY, rate=Rate(count=1, period=timedelta(days=1))))
        assert gate.tries(2) == [200, 429]
        gate.now -= timedelta(days=2)
        leases = gate.store.leases
        gate.tries(1)
        assert gate.store.leases == leases + 1  # the bucket is asked, and decides


class TestUse:
    def test_is_written_down_once_for_all_partners(self) -> None:
        warta, gema = a_partner("warta", key=KEY), a_partner("gema", expires=NOW, key="other")
        gate = Gate(warta, gema, a_partner("silent"))
        gate.gatekeeper.used(warta, status=200, size=1000, items=7)
        gate.gatekeeper.used(warta, status=304)
        gate.tries(1, "other")
        gate.flush()
        gate.flush()
        assert gate.store.uses == [
            {
                "warta": Use(fetches=2, unmodified=1, bytes=1000, items=7, fetched_at=NOW),
                "gema": Use(refused=1),
            }
        ]
        assert gate.shown() == {
            'aggregator_partner_requests_total{partner="warta",status="200"} 1.0',
            'aggregator_partner_requests_total{partner="warta",status="304"} 1.0',
            'aggregator_partner_requests_total{partner="gema",status="403"} 1.0',
            'aggregator_partner_bytes_total{partner="warta"} 1000.0',
            'aggregator_partner_bytes_total{partner="gema"} 0.0',
        }

    def test_is_written_down_later_where_the_database_does_not_answer(
        self, broken_database: StoreError
    ) -> None:
        warta = a_partner("warta")
        gate = Gate(warta)
        gate.store.error = broken_database
        gate.gatekeeper.used(warta, status=200, size=5, items=1)
        gate.flush()
        gate.store.error = None
        gate.now += SECOND
        gate.gatekeeper.used(warta, status=304)
        gate.flush()
        assert gate.store.uses == [
            {"warta": Use(fetches=2, unmodified=1, bytes=5, items=1, fetched_at=NOW + SECOND)}
        ]
        assert 'aggregator_partner_bytes_total{partner="warta"} 5.0' in gate.shown()

    def test_is_written_down_at_the_end_and_meanwhile(self) -> None:
        async def live() -> None:
            watch = asyncio.create_task(gate.gatekeeper.watch(0))
            gate.gatekeeper.used(warta, status=200)
            async with asyncio.timeout(30):
                while not gate.store.uses:  # noqa: ASYNC110 # what is waited for has no event of its own
                    await asyncio.sleep(0)
            watch.cancel()
            await asyncio.wait([watch])
            gate.gatekeeper.used(warta, status=304)
            await gate.gatekeeper.close()

        warta = a_partner("warta")
        gate = Gate(warta)
        asyncio.run(live())
        assert [each["warta"].fetches for each in gate.store.uses] == [1, 1]

    def test_without_partners_the_database_is_not_asked(self) -> None:
        gate = Gate()
        gate.store.error = ValueError("asked nevertheless")
        gate.gatekeeper.refresh()
        asyncio.run(gate.gatekeeper.watch(0))
        assert gate.tries(1) == [404]

    @pytest.mark.parametrize("warm", [False, True])
    @ways
    def test_what_is_counted(self, newsroom: Newsroom, way: str, *, warm: bool) -> None:
        sign(newsroom, a_partner("warta", "all", key=KEY))
        whole = ask_for(newsroom, way)
        newsroom.application()._gate._accounts["warta"].tally = partners.Tally()
        ask_for(newsroom, way, warm=warm)
        ask_for(newsroom, way, method="HEAD")
        ask_for(newsroom, way, headers={"If-None-Match": whole.headers["etag"]})
        ask_for(newsroom, way, "news.rss")
        asyncio.run(newsroom.application()._gate.flush())
        [uses] = newsroom.store.uses
        times = 2 if warm else 1
        assert uses["warta"] == Use(
            fetches=times + 2, unmodified=1, refused=1, bytes=times * len(whole.content), fetched_at=NOW
        )


@pytest.mark.parametrize(
    ("authorization", "key"),
    [("Bearer a", "a"), ("bearer  a ", "a"), ("Bearer", ""), ("", None), ("Basic a", None), ("a", None)],
)
def test_bearer(authorization: str, key: str | None) -> None:
    assert bearer(authorization) == key
