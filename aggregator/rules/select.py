"""Say what a feed shows, and whether that is something new."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from aggregator.model.feed import Credit, Entry, Label, Provenance, Related
from aggregator.rules import phrases
from aggregator.rules.cluster import dated_by
from aggregator.rules.identity import digest
from aggregator.rules.iris import identity
from aggregator.rules.languages import tag
from aggregator.rules.mentions import MOST_CHARACTERS
from aggregator.rules.plain import plain
from aggregator.rules.timestamps import disbelieved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aggregator.model.feed import ArchiveDocument, Feed, Site
    from aggregator.model.item import Item, Original
    from aggregator.model.source import Category, Source, SourceId
    from aggregator.model.story import Relation, Story


class Named(Protocol):
    """What is known of a source besides its configuration."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def title(self) -> str:
        """The title that it gives itself; may be empty."""

    @property
    def home(self) -> str:
        """The page that it belongs to; may be empty."""


def basis(feed: Feed, site: Site, revisions: Mapping[SourceId, int], *, version: str) -> str:
    """Return a hash of all that an edition of ``feed`` is made from: equal means nothing to render.

    ``version`` is that of this program: a new one may render otherwise.
    """
    of_sources = ",".join(f"{source}={revisions.get(source, 0)}" for source in feed.sources)
    return digest(version, repr(site), repr(feed), of_sources)


def state(feed: Feed, site: Site, news: object, *, version: str) -> str:
    """Return a hash of what an edition of ``feed`` is made from besides its sources' revisions.

    ``news`` stands for its stories, or is them: it is written otherwise when one came, went or changed.
    """
    return digest(version, repr(site), repr(feed), repr(news))


def archive_basis(feed: Feed, site: Site, document: ArchiveDocument, *, version: str) -> str:
    """Return a hash of all that an archive document of ``feed`` is made from."""
    return digest(version, repr(site), repr(feed), repr(document))


def choice(feed: Feed) -> str:
    """Return what ``feed`` chooses its stories by, to compare: a hash, and its sources behind it."""
    among = digest(repr((feed.language, feed.words, feed.without, feed.backfill)))
    return " ".join((among, *sorted(feed.sources)))


def gained(before: str, now: str) -> tuple[SourceId, ...] | None:
    """Return the sources that a feed has by its present ``choice``, and had not by its former one.

    None: it chooses otherwise among its sources' stories, or never chose.
    """
    (among, *former), (among_now, *sources) = before.split(" "), now.split(" ")
    return tuple(sorted(set(sources).difference(former))) if among == among_now else None


def carries(feed: Feed, item: Item, *, source: Source | None, site: Site) -> bool:
    """Tell whether ``feed`` carries a story of its sources that is shown as ``item``, of ``source``.

    Language (RFC 4647, 3.3.1: ``id`` also means ``id-ID``), words that it must have, words that it must not.
    """
    if feed.language:
        language = (tag(item.language) or (source.language if source else "") or site.language).lower()
        if not f"{language}-".startswith(f"{feed.language.lower()}-"):
            return False
    if not feed.words and not feed.without:
        return True
    markup = (item.summary, item.content)
    text = " ".join(
        map(phrases.folded, (item.title, *(plain(text, most=MOST_CHARACTERS) for text in markup)))
    )
    wanted = not feed.words or phrases.any_of(feed.words, text)
    return wanted and not phrases.any_of(feed.without, text)


def entry(
    story: Story,
    *,
    site: Site,
    sources: Mapping[SourceId, Source],
    categories: Mapping[str, Category],
    states: Mapping[SourceId, Named],
    relations: Iterable[Relation] = (),
) -> Entry:
    """Return ``story`` as a feed shows it: one copy, with the categories of all copies and their credits.

    Copies that were taken back lend nothing; ``relations`` are the stories that are like it.
    """
    shown, copies = story.shown, story.living
    source = sources.get(shown.source)
    credit = _credit(shown, sources, states)
    return Entry(
        id=story.id,
        page=f"{site.base_url}/items/{story.slug}",
        title=shown.title,
        link=shown.link,
        summary=shown.summary,
        content=shown.content,
        published=story.published,
        updated=max(story.updated, story.published),
        authors=shown.authors,
        categories=_labels(copies, site, sources, categories),
        enclosures=shown.enclosures,
        image=shown.image,
        language=tag(shown.language) or (source.language if source else ""),
        comments=shown.comments,
        rights=shown.rights,
        comments_count=shown.comments_count,
        links=shown.links,
        original=_original(shown, credit),
        point=shown.point,
        episode=shown.episode,
        podcast=shown.podcast,
        dates=_provenance(dated_by(story), sources, states),
        source=credit,
        via=tuple(
            # An edit of a copy that is not shown is none of the entry.
            replace(_credit(copy, sources, states), updated=copy.first_seen)
            for copy in copies
            if copy is not shown and copy.link
        ),
        related=related(relations, site),
    )


def related(relations: Iterable[Relation], site: Site) -> tuple[Related, ...]:
    """Return the stories that are like another as a feed shows them."""
    return tuple(
        Related(
            id=other.story,
            page=f"{site.base_url}/items/{other.slug}",
            title=other.title,
            link=other.link,
            likeness=round(other.likeness, 2),
        )
        for other in relations
    )


def _original(shown: Item, credit: Credit) -> Original | None:
    """Return the feed that the source has the item from, by an id that is one (RFC 4287, 4.2.6).

    None where it names itself, as some do.
    """
    named = shown.original
    own = {credit.feed_url, credit.id, credit.home} - {""}
    if named is None or own & {named.feed_url, named.id, named.home}:
        return None
    return replace(named, id=identity(named.id))


def _labels(
    copies: Sequence[Item],
    site: Site,
    sources: Mapping[SourceId, Source],
    categories: Mapping[str, Category],
) -> tuple[Label, ...]:
    """Return our categories of every copy, then the sources' own words, each once."""
    wanted = {source.category for copy in copies if (source := sources.get(copy.source))}
    ours = tuple(
        Label(term=category.id, label=category.title, scheme=f"{site.base_url}/c/")
        for category in categories.values()
        if category.id in wanted
    )
    taken = {label.label.casefold() for label in ours} | {label.term.casefold() for label in ours}
    words: dict[str, str] = {}
    for copy in copies:
        for word in copy.categories:
            if word.casefold() not in taken:
                words.setdefault(word.casefold(), word)
    return (*ours, *(Label(term=word, label=word) for word in words.values()))


def _provenance(
    item: Item, sources: Mapping[SourceId, Source], states: Mapping[SourceId, Named]
) -> Provenance:
    dates = item.dates
    return Provenance(
        source=_title(item.source, sources, states),
        first_seen=item.first_seen,
        candidates=dates.candidates,
        chosen=None if disbelieved(dates) else dates.chosen,
        precision=dates.precision,
        zone=dates.zone,
        flags=dates.flags,
        upgraded_at=dates.upgrade.at if dates.upgrade else None,
    )


def _title(name: SourceId, sources: Mapping[SourceId, Source], states: Mapping[SourceId, Named]) -> str:
    source, state = sources.get(name), states.get(name)
    return (source.title if source else "") or (state.title if state else "") or name


def _credit(item: Item, sources: Mapping[SourceId, Source], states: Mapping[SourceId, Named]) -> Credit:
    source, state = sources.get(item.source), states.get(item.source)
    url = source.url if source else (state.url if state else "")
    return Credit(
        id=url or item.source,
        title=_title(item.source, sources, states),
        feed_url=url,
        home=state.home if state else "",
        link=item.link,
        updated=item.dates.updated,  # the copy's own: the source's would change with each new item of it
        source=item.source,
    )
