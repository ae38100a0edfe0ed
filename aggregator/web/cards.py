"""Turn stories and sources into what the templates show: words and safe addresses only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from aggregator.rules import audit
from aggregator.rules.cluster import dated_by
from aggregator.rules.languages import tag
from aggregator.rules.schedule import NEVER
from aggregator.web.content import excerpt, fit
from aggregator.web.history import Historian
from aggregator.web.moments import Moment, length, moment
from aggregator.web.provenance import Explainer, Explanation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from aggregator.model.item import Item
    from aggregator.model.source import Category, Source, SourceId, SourceState
    from aggregator.model.story import Decision, Relation, Story
    from aggregator.web.words import Words

LONGEST_SUMMARY = 320  #: characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address with what it is called. An empty ``href`` is shown as plain text."""

    href: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A story on a list."""

    href: str
    title: str
    language: str  #: of title and summary (BCP 47); empty: the page's own
    source: str
    published: Moment
    chips: tuple[Link, ...]  #: our categories
    summary: str  #: plain text
    image: str  #: http(s) address, or empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Another copy of a story."""

    link: Link  #: without an address where it was withdrawn
    withdrawn: str  #: since when, in words; empty: it lives


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A story that tells something alike."""

    link: Link  #: its page here
    source: str
    alike: str  #: how much


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A story on its own page."""

    card: Card
    source: Link  #: the source's home
    link: str  #: the story at its source; empty where it is no http(s) address
    updated: Moment | None  #: None: not changed since
    authors: str
    content: str  #: sanitised HTML, fitted to the page
    shows_image: bool  #: the image is not in the content already
    topics: tuple[str, ...]
    files: tuple[Link, ...]
    copies: tuple[Copy, ...]
    related: tuple[Relative, ...]
    why: Explanation
    history: tuple[tuple[Moment, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What an operator should know of a source, and the line of YAML or the command that mends it."""

    text: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A source on the status page."""

    title: str
    href: str
    host: str
    category: Link | None
    last: Moment | None
    next: Moment | None  #: None: due now, unless ``stopped``
    stopped: bool  #: it is not asked any more
    news: Moment | None
    outcome: str
    state: str  #: ``good``, ``bad``, ``new``
    failures: int
    error: str
    advice: tuple[Advice, ...]
    items: int
    held: int  #: stories


class Desk:
    """Prepares stories for pages. Made for one request: it holds the instant and the sources' states."""

    def __init__(
        self,
        *,
        sources: Mapping[SourceId, tuple[Source, Category]],
        states: Mapping[SourceId, SourceState],
        root: str,
        language: str,
        now: datetime,
        zone: ZoneInfo,
        words: Words,
    ) -> None:
        self._sources = sources
        self._states = states
        self._root = root
        self._site_language = language
        self._now = now
        self._zone = zone
        self._words = words
        self._explainer = Explainer(words=words, zone=zone, now=now)
        self._historian = Historian(words=words, title=self.title)

    def moment(self, instant: datetime) -> Moment:
        """Return ``instant`` in words, as seen now."""
        return moment(instant, now=self._now, zone=self._zone, words=self._words)

    def title(self, source_id: SourceId) -> str:
        """Return what a source is called: by us, else by itself, else its id."""
        known = self._sources.get(source_id)
        state = self._states.get(source_id)
        return (known and known[0].title) or (state and state.title) or source_id

    def card(self, story: Story) -> Card:
        """Return ``story`` for a list."""
        shown = story.shown
        return Card(
            href=self._address(story.slug),
            title=shown.title or plain(shown.link) or self.title(shown.source),
            language=self._language(shown),
            source=self.title(shown.source),
            published=self.moment(story.published),
            chips=self._chips(story.living),
            summary=excerpt(shown.summary or shown.content, LONGEST_SUMMARY),
            image=http(shown.image),
        )

    def page(
        self, story: Story, related: Iterable[Relation] = (), decisions: Iterable[Decision] = ()
    ) -> Page:
        """Return ``story`` for its own page, with the stories that are like it and what was decided of it."""
        shown = story.shown
        content = shown.content or shown.summary
        state, dated, words = self._states.get(shown.source), dated_by(story), self._words
        return Page(
            card=self.card(story),
            source=Link(href=http(state.home) if state else "", text=self.title(shown.source)),
            link=http(shown.link),
            updated=self.moment(story.updated) if _changed(story) else None,
            authors=", ".join(person.name for person in shown.authors if person.name),
            content=fit(content, words),
            shows_image="<img" not in content,
            topics=tuple(dict.fromkeys(shown.categories)),
            files=tuple(
                Link(href=http(file.url), text=urlsplit(file.url).path.rpartition("/")[2] or file.url)
                for file in shown.enclosures
                if http(file.url) not in {"", shown.image}
            ),
            copies=tuple(self._copy(item) for item in story.others),
            related=tuple(self._relative(other) for other in related),
            why=self._explainer.explain(dated, source=self.title(dated.source)),
            history=tuple(
                (self.moment(event.at), event.text) for event in self._historian.history(story, decisions)
            ),
        )

    def zone_advice(self, source: Source) -> Advice | None:
        """Return what is to be done about the time zone of a source's dates; None: nothing is known of it."""
        state, words = self._states.get(source.id), self._words
        verdict = audit.verdict(state.residuals, source) if state else None
        if verdict is None:
            return None
        written = (
            words.zone_fixed.format(zone=source.zone_fix)
            if source.zone_fix
            else words.zone_missing.format(zone=source.timezone)
            if verdict.zoneless
            else words.zone_marked.format(offset=audit.spell(verdict.written))
        )
        said = [
            (words.zone_ahead if verdict.sure else words.zone_behind).format(
                hours=length(verdict.shift, words), written=written, offset=audit.spell(verdict.offset)
            ),
            words.zone_mended if verdict.sure and source.learn_zone else "",
            words.zone_write.format(source=source.id),
        ]
        return Advice(text=" ".join(filter(None, said)), remedy=verdict.remedy)

    def held_advice(self, source: Source, held: int) -> Advice | None:
        """Return what is to be done about the stories of a source that are held back; None: none are."""
        if not held:
            return None
        return Advice(text=self._words.held_back.format(n=held), remedy=f"aggregator release {source.id}")

    def address_advice(self, source: Source) -> Advice | None:
        """Return what is to be done about a source's address; None: it is right as far as is known."""
        state, words = self._states.get(source.id), self._words
        if state is None:
            return None
        if state.next_at == NEVER:
            return Advice(text=words.stopped, remedy=f"aggregator run --force --source {source.id}")
        if state.move is None or not state.move.followed:
            return None
        host = urlsplit(state.move.followed).hostname or ""
        return Advice(text=words.moved_to.format(host=host), remedy="aggregator sources")

    def row(self, source: Source, items: int, held: int = 0) -> Row:
        """Return ``source`` for the status page. Its address is shown by host only: a path may hold a key."""
        state, words = self._states.get(source.id), self._words
        host = urlsplit(source.url).hostname or ""
        known = (self.held_advice(source, held), self.address_advice(source), self.zone_advice(source))
        advice = tuple(filter(None, known))
        if state is None or state.last_at is None:
            return Row(
                title=self.title(source.id), href="", host=host, category=self._category(source.id),
                last=None, next=None, stopped=False, news=None, outcome=words.never, state="new",
                failures=0, error="", advice=advice, items=items, held=held,
            )  # fmt: skip
        return Row(
            title=self.title(source.id),
            href=http(state.home),
            host=host,
            category=self._category(source.id),
            last=self.moment(state.last_at),
            next=self.moment(state.next_at) if state.next_at and self._now < state.next_at < NEVER else None,
            stopped=state.next_at == NEVER,
            news=self.moment(state.changed_at) if state.changed_at else None,
            outcome=words.results.get(state.result, state.result),
            state="bad" if state.failures else "good",
            failures=state.failures,
            error=state.error,
            advice=advice,
            items=items,
            held=held,
        )

    def _language(self, item: Item) -> str:
        """Return the language of an item; empty where it is the page's own, or none."""
        language = tag(item.language or self._site_language)
        same = language.partition("-")[0].lower() == self._words.language
        return "" if same else language

    def _address(self, slug: str) -> str:
        return f"{self._root}/items/{quote(slug, safe='')}"

    def _copy(self, item: Item) -> Copy:
        if item.withdrawn_at is None:
            return Copy(link=Link(href=http(item.link), text=self.title(item.source)), withdrawn="")
        return Copy(
            link=Link(href="", text=self.title(item.source)),
            withdrawn=self._words.withdrawn.format(date=self.moment(item.withdrawn_at).full),
        )

    def _relative(self, other: Relation) -> Relative:
        source = self.title(other.source)
        return Relative(
            link=Link(href=self._address(other.slug), text=other.title or plain(other.link) or source),
            source=source,
            alike=self._historian.likeness(other.likeness),
        )

    def _chips(self, copies: Sequence[Item]) -> tuple[Link, ...]:
        links = (self._category(item.source) for item in copies)
        return tuple(dict.fromkeys(link for link in links if link is not None))

    def _category(self, source_id: SourceId) -> Link | None:
        known = self._sources.get(source_id)
        if known is None:
            return None
        return Link(href=f"{self._root}/c/{quote(known[1].id, safe='')}/", text=known[1].title)


def _changed(story: Story) -> bool:
    """Tell whether a story was updated since: a guess that a better date replaced was no change of it."""
    shown = story.shown
    return story.updated > story.published and (shown.revisions > 0 or dated_by(story).dates.upgrade is None)


def http(url: str) -> str:
    """Return an absolute web address as it is, and anything else as an empty string."""
    if not url.isprintable() or not url.lower().startswith(("http://", "https://")):
        return ""
    try:
        return url if urlsplit(url).hostname else ""
    except ValueError:  # such as an unclosed [ in the host
        return ""


def plain(url: str) -> str:
    """Return an http(s) address without its scheme, to be read; empty for any other."""
    return http(url).partition("//")[2]
