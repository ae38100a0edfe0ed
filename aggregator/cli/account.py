"""Account for a story: everything that ``aggregator why`` has to say of it, as lines or as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.model.item import JoinedBy
from aggregator.model.story import Held
from aggregator.render.provenance import considered
from aggregator.rules.cluster import Preference, dated_by, preference
from aggregator.rules.timestamps import disbelieved
from aggregator.web.provenance import Explainer
from aggregator.web.words import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.item import Item
    from aggregator.model.source import SourceId, SourceState
    from aggregator.model.story import Decision, Relation, Story
    from aggregator.settings import Settings
    from aggregator.web.provenance import Explanation

_JOINED = {
    JoinedBy.URL: "an equal address",
    JoinedBy.ID: "an equal id",
    JoinedBy.TEXT: "a like text",
}
_PREFERRED = {
    Preference.OWNER: "lies on the host of its source",
    Preference.PRIORITY: "has a source of higher priority",
    Preference.FULL_TEXT: "has the full text",
    Preference.EARLIEST: "is the earliest",
    Preference.NAME: "is as good and the first by name",
}


class Accountant:
    """Accounts for stories as seen at one instant."""

    def __init__(self, settings: Settings, states: Mapping[SourceId, SourceState], *, now: datetime) -> None:
        self._sources = {source.id: source for each in settings.categories for source in each.sources}
        self._titles = {
            name: (name in self._sources and self._sources[name].title) or state.title or name
            for name, state in states.items()
        }
        self._pages = f"{settings.site.base_url}/items/"
        self._explainer = Explainer(words=ENGLISH, zone=settings.timezone, now=now)
        self._now = now

    def lines(
        self, story: Story, related: Sequence[Relation], decisions: Sequence[Decision]
    ) -> Iterator[str]:
        """Yield what a person reads of ``story``; what a source wrote stands in it as it is."""
        yield story.shown.title or "(no title)"
        yield f"  published {self._local(story.published)}, updated {self._local(story.updated)}"
        yield f"  {self._outing(story)}"
        yield f"  id {story.id}"
        yield f"  page {self._pages}{story.slug}"
        for copy in story.copies:
            yield ""
            yield from self._copy(story, copy)
        if related:
            yield ""
            yield "  related"
        for other in related:
            yield f"    {other.likeness:.2f} alike: {other.title or '(no title)'} ({other.source})"
            yield f"      {self._pages}{other.slug}"
            if other.reason:
                yield f"      not the same: {other.reason}"
        if decisions:
            yield ""
            yield "  decided"
        for decision in decisions:
            of = ", ".join(filter(None, (decision.source, decision.key)))
            said = f"    {self._local(decision.at)}  {decision.kind}" + (f" ({of})" if of else "")
            yield f"{said}: {decision.detail}" if decision.detail else said

    def data(
        self, story: Story, related: Sequence[Relation], decisions: Sequence[Decision]
    ) -> dict[str, Any]:
        """Return the same for a program."""
        dated = dated_by(story)
        return {
            "id": story.id,
            "slug": story.slug,
            "title": story.shown.title,
            "published": story.published,
            "updated": story.updated,
            "out_at": story.out_at,
            "hold_until": story.hold_until if story.out_at is None else None,
            "held": story.held,
            "deleted_at": story.deleted_at,
            "taken_down": story.taken_down,
            "copies": [
                {
                    "source": copy.source,
                    "key": copy.key,
                    "former_keys": copy.former_keys,
                    "link": copy.link,
                    "joined": _joined(copy),
                    "shown": copy is story.shown,
                    "shown_why": self._standing(story, copy),
                    "withdrawn_at": copy.withdrawn_at,
                    "held": copy.held,
                    "dates_the_story": copy is dated,
                    "reason": self._explain(copy).reason,
                    **_dates(copy),
                }
                for copy in story.copies
            ],
            "related": [
                {
                    "id": other.story,
                    "slug": other.slug,
                    "title": other.title,
                    "link": other.link,
                    "source": other.source,
                    "likeness": other.likeness,
                    "reason": other.reason,
                }
                for other in related
            ],
            "decisions": [
                {
                    "at": decision.at,
                    "kind": decision.kind,
                    "source": decision.source,
                    "key": decision.key,
                    "detail": decision.detail,
                }
                for decision in decisions
            ],
        }

    def _outing(self, story: Story) -> str:
        """Return whether it is out, and what keeps it from being so."""
        out = f"out since {self._local(story.out_at)}" if story.out_at else "never published"
        if story.deleted_at is not None:
            by = "taken down by the operator" if story.taken_down else "its last copy was taken back"
            return f"{out}, deleted {self._local(story.deleted_at)}: {by}"
        if story.out_at is not None:
            return out
        if story.held is Held.GATE:
            return (
                "not published: held back, because it looks like an old one come back as new; if it is news, "
                f"let it out with: aggregator release {story.shown.source}"
            )
        if story.held is Held.MATCH:
            return "not published yet: its text is yet to be compared with those of others"
        if story.hold_until and story.hold_until > self._now:
            return (
                f"not published before {self._local(story.hold_until)}, the date that it has (future: hold)"
            )
        return "not published yet: it comes with the next pass"

    def _copy(self, story: Story, copy: Item) -> Iterator[str]:
        told = self._explain(copy)
        dated = copy is dated_by(story)
        yield f"  {_name(copy)}" + ("" if dated else "  (the story has another copy's date)")
        yield f"    {copy.link or '(no link)'}"
        if copy.former_keys:
            yield f"    also known as {', '.join(copy.former_keys)}"
        if copy.joined:
            like = f"{copy.joined.source}, {copy.joined.key}"
            yield f"    joined by {_JOINED[copy.joined.by]}, that of {like}: {copy.joined.detail}"
        yield f"    {'shown' if copy is story.shown else 'not shown'}: {self._standing(story, copy)}"
        if copy.withdrawn_at:
            yield f"    withdrawn by its source: {self._local(copy.withdrawn_at)}"
        if copy.held:
            let_out = "" if story.held is Held.GATE else ", but another copy let the story out"
            yield f"    held back{let_out}"
        yield f"    {told.reason}"
        for date in told.considered:
            yield f"    {'*' if date.chosen else '-'} {date.text!r}, {date.origin}: {date.meaning}"
        for note in told.notes:
            yield f"    {note}"

    def _standing(self, story: Story, copy: Item) -> str:
        """Return why a copy is the one shown, or is not."""
        if copy is not story.shown:
            return self._passed_over(story.shown, copy)
        if not story.others:
            return "there is no other copy"
        if copy.leads_since:
            return f"since {self._local(copy.leads_since)}, when the one before it was withdrawn"
        if copy.joined:
            return "it was the best of the copies when the story came out"
        return "the first one here, and none that came before the story was out was better"

    def _passed_over(self, shown: Item, copy: Item) -> str:
        if copy.withdrawn_at:
            return "its source has taken it back"
        if copy.joined and copy.joined.settled:
            return "it came when the story was out already, and what is shown stays"
        by = preference(shown, copy, self._sources)
        if by is None:
            return "another was the better one when the story came out, and what is shown stays"
        return f"the shown one {_PREFERRED[by]}"

    def _explain(self, copy: Item) -> Explanation:
        return self._explainer.explain(copy, source=self._titles.get(copy.source, copy.source))

    def _local(self, instant: datetime) -> str:
        return f"{instant.astimezone(self._explainer.zone):%Y-%m-%d %H:%M:%S %z}"


def _name(copy: Item) -> str:
    return f"{copy.source}, {copy.key}"


def _joined(copy: Item) -> dict[str, Any] | None:
    how = copy.joined
    if how is None:
        return None
    return {
        "by": how.by,
        "source": how.source,
        "key": how.key,
        "detail": how.detail,
        "settled": how.settled,
        "leads": how.leads,
    }


def _dates(item: Item) -> dict[str, Any]:
    dates = item.dates
    return {
        "first_seen": item.first_seen,
        "published": dates.published,
        "updated": dates.updated,
        "considered": [considered(candidate) for candidate in dates.candidates],
        "chosen": None if disbelieved(dates) else dates.chosen,
        "precision": dates.precision,
        "zone": dates.zone,
        "earliest": dates.earliest,
        "latest": dates.latest,
        "flags": dates.flags,
        "upgrade": dates.upgrade and {"at": dates.upgrade.at, "before": dates.upgrade.before},
        "later": [{"at": later.at, **considered(later.candidate)} for later in dates.later],
    }
