"""What it costs to render a feed, and to publish a change.

``python -m benchmarks.publishing``: CPU milliseconds, medians. Rendering is of 50 entries of 2 KB; publishing
of a store with 20 categories of 60 stories, of which one changes.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from html import escape
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator.cli.memory import tune
from aggregator.model.feed import Edition, Feed, Site
from aggregator.model.source import Category, Source
from aggregator.model.story import Story
from aggregator.pipeline.compose import Composer
from aggregator.pipeline.press import Press
from aggregator.pipeline.publish import publish
from aggregator.render import FORMATS
from aggregator.render.printable import printable, printable_entry
from aggregator.rules import ids, select
from aggregator.store import SqlStore, open_store
from benchmarks.archive import an_item
from benchmarks.corpus import Newsroom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aggregator.model.feed import Entry
    from aggregator.model.item import Item
    from aggregator.render import Format

ROUNDS = 41
ENTRY_BYTES = 2000
CATEGORIES, STORIES = 20, 60
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SITE = Site(title="Kabar", base_url="https://kabar.example.id", language="id", tag_date="2024-01-01")


def main() -> None:
    """Print both tables."""
    tune()  # as the service does
    chance = random.Random(1)  # noqa: S311 # the same at every run
    fit, costs = rendering(chance)
    print("rendering 50 entries of 2 KB, ms of CPU, median")
    print(f"  making 50 entries fit, once for all formats: {fit:.3f}")
    print("  format   writing 50   a feed: all 50 new    one of them new    none")
    for suffix, (writing, new, one, none) in costs.items():
        print(f"  {suffix:<8}{writing:11.3f}{new:22.3f}{one:19.3f}{none:8.3f}")
    with tempfile.TemporaryDirectory() as folder, closing(open_store(f"sqlite:///{folder}/a.db")) as store:
        print("publishing, ms of CPU, median")
        for name, cost in publishing(store, chance).items():
            print(f"  {name:<44}{cost:7.2f}")


def rendering(chance: random.Random) -> tuple[float, dict[str, tuple[float, float, float, float]]]:
    """Return what it costs to make the entries fit for any format, and what each format costs.

    Of a format: writing entries that are fit, and a whole feed where every entry is new, where one is and
    the others were written before, and where all were.
    """
    feed = Feed(name="c0", title="C", description="", sources=("s0",), limit=50, page="/c/c0/")
    source = _source(0)
    sources, categories = {source.id: source}, {source.category: _category(source)}
    entries = tuple(
        select.entry(_story(item), site=SITE, sources=sources, categories=categories, states={})
        for item in _items(chance, 0, 50)
    )
    edition = Edition(site=SITE, feed=feed, id="tag:x", updated=NOW, entries=entries)
    head, fit = printable(replace(edition, entries=())), _fit(entries)
    costs = {
        suffix: (
            _cost(partial(_written, form, fit)),
            _cost(partial(form.render, edition)),
            _cost(partial(_with_one_new, form, head, entries[0], _written(form, fit[1:]))),
            _cost(partial(_joined, form, head, _written(form, fit))),
        )
        for suffix, form in FORMATS.items()
    }
    return _cost(partial(_fit, entries)), costs


def _fit(entries: Iterable[Entry]) -> list[Entry]:
    return [printable_entry(entry, SITE.language) for entry in entries]


def _written(form: Format, fit: Iterable[Entry]) -> list[bytes]:
    return [form.entry(entry) for entry in fit]


def _with_one_new(form: Format, head: Edition, new: Entry, others: list[bytes]) -> bytes:
    return _joined(form, head, [*_written(form, _fit([new])), *others])


def _joined(form: Format, head: Edition, written: list[bytes]) -> bytes:
    return form.join(form.frame(head), written)


def publishing(store: SqlStore, chance: random.Random) -> dict[str, float]:
    """Return what each kind of publishing costs."""
    sources = {f"s{number}": _source(number) for number in range(CATEGORIES)}
    categories = {source.category: _category(source) for source in sources.values()}
    store.enroll(tuple(sources.values()))
    feeds = [Feed(name="all", title="Semua", description="", sources=tuple(sources), limit=100, page="/")]
    feeds += [
        Feed(name=name, title=name, description="", sources=(f"s{name[1:]}",), limit=50, page=f"/c/{name}/")
        for name in categories
    ]
    stories = [[_story(item) for item in _items(chance, number, STORIES)] for number in range(CATEGORIES)]
    for some in stories:
        _put(store, some)
    press = Press(
        store=store, site=SITE, sources=sources, categories=categories, composer=Composer(SITE.language)
    )

    def change(count: int) -> Callable[[], None]:
        def once() -> None:
            for some in stories[:count]:
                story = chance.choice(some[:4])
                shown = replace(story.shown, title=f"Diperbarui {chance.random()}")
                _put(store, [replace(story, shown=shown)])

        return once

    def all_feeds() -> None:
        published.append(len(list(publish(feeds, now=NOW, press=press))))

    published: list[int] = []
    costs = {"all for the first time": _time(all_feeds)}
    costs["one story changed"] = _cost(all_feeds, change(1))
    costs["one story in each category changed"] = _cost(all_feeds, change(CATEGORIES))
    costs["nothing changed"] = _cost(all_feeds)
    counts = (published[0], *published[1::ROUNDS])
    return {f"{name}: {count} feeds": cost for (name, cost), count in zip(costs.items(), counts, strict=True)}


def _put(store: SqlStore, stories: list[Story]) -> None:
    with store.writing() as transaction:
        transaction.put_stories(stories)
        transaction.put_items((story.shown, story.id) for story in stories)
        transaction.touch([story.id for story in stories], at=NOW)


def _items(chance: random.Random, number: int, count: int) -> list[Item]:
    room, made = Newsroom(chance), []
    for place in range(count):
        event, text = room.event(), ""
        while len(text) < ENTRY_BYTES:
            text += f"<p>{escape(room.sentence(event))}</p>"
        at = NOW - timedelta(minutes=place * 20 + number)
        item = an_item(room.title(event), text, at, number=number * 1000 + place, source=f"s{number}")
        made.append(replace(item, summary=f"<p>{escape(room.sentence(event))}</p>", unmatched=False))
    return made


def _story(item: Item) -> Story:
    story_id = ids.mint_for(item, SITE)
    return Story(
        id=story_id,
        slug=ids.slug(story_id),
        published=item.dates.published,
        updated=item.dates.updated,
        shown=item,
        out_at=NOW,
    )


def _source(number: int) -> Source:
    zone = ZoneInfo("Asia/Jakarta")
    return Source(
        id=f"s{number}", category=f"c{number}", url=f"https://s{number}.example.id/feed/", timezone=zone
    )


def _category(source: Source) -> Category:
    return Category(id=source.category, title=source.category, every=None, limit=50, sources=(source,))


def _cost(work: Callable[[], object], prepare: Callable[[], object] = lambda: None) -> float:
    costs = []
    for _ in range(ROUNDS):
        prepare()
        costs.append(_time(work))
    return statistics.median(costs)


def _time(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    main()
