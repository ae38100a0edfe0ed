"""What we publish: feeds, their entries, and rendered editions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.item import (
        Candidate,
        Enclosure,
        Episode,
        Flag,
        Link,
        Original,
        Person,
        PodcastTag,
        Point,
        Precision,
        ZoneOrigin,
    )
    from aggregator.model.source import SourceId
    from aggregator.model.story import StoryId

#: The path between ``/feeds/`` and the suffix: ``all``, ``logistik``, ``source/bumn``.
FeedName: TypeAlias = str
ARCHIVE = "/archive/"  #: between the name of a feed and the number of an archive document of it
ARCHIVED = ("atom", "json")  #: suffixes of the formats in which there are archive documents
MOST_ARCHIVED = 100  #: entries of one archive document


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who publishes."""

    title: str
    base_url: str  #: absolute, no trailing slash
    language: str  #: BCP 47
    tag_date: str  #: ``YYYY-MM-DD``, for minted ids (RFC 4151)


class Extent(StrEnum):
    """How much text the entries of a feed carry."""

    FULL = "full"
    SUMMARY = "summary"  #: a teaser
    NONE = "none"  #: title and link


class Part(StrEnum):
    """A part of a story that a contract may leave out.

    What says which story it is, from when and by whom is none of these: id, address, title, dates and
    source always come along.
    """

    SUMMARY = "summary"
    CONTENT = "content_html"
    IMAGE = "image"
    AUTHORS = "authors"
    CATEGORIES = "categories"
    LANGUAGE = "language"
    ATTACHMENTS = "attachments"
    COMMENTS = "comments"
    RIGHTS = "rights"
    ALSO = "also"  #: the other copies
    RELATED = "related"
    MORE = "more"  #: what podcasts and maps bring: episode, Podcasting 2.0, place, further links


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed of ours, as configured: the stories of some sources, newest first."""

    name: FeedName
    title: str
    description: str
    sources: tuple[SourceId, ...]
    language: str = ""  #: BCP 47: only stories in it; empty: in any
    words: tuple[str, ...] = ()  #: only stories with one of them (rules.phrases); empty: any story
    without: tuple[str, ...] = ()  #: only stories with none of them
    extent: Extent = Extent.FULL
    source_line: bool = False  #: the text of an entry ends with its source's name
    limit: int
    page: str  #: path of the readable page that belongs to it: ``/``, ``/c/logistik/``
    on_demand: bool = False  #: rendered when it is asked for, not with every change
    backfill: bool = True  #: show undated items of a source's very first collect (docs/timestamps.md, rule 9)
    # Of one that stands for another under a contract (rules.terms):
    roll: FeedName = ""  #: the other, whose stories it shows at that one's address; empty: there is none
    parts: tuple[Part, ...] | None = None  #: that its entries may have, sorted; None: all
    delay: timedelta = timedelta()  #: how long after everybody else it shows each change
    marked: bool = False  #: its links have a mark where a partner's parameters go

    @property
    def address(self) -> FeedName:
        """The feed at whose address it is read, and whose roll it stands on."""
        return self.roll or self.name

    @property
    def archive_size(self) -> int:
        """How many entries an archive document holds: no more than the feed, so that there is no gap."""
        return min(self.limit, MOST_ARCHIVED)

    @property
    def picks(self) -> bool:
        """Whether it carries only some of its sources' stories (``rules.select.carries``)."""
        return bool(self.language or self.words or self.without)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A category of an entry. ``scheme`` is set for ours and empty for the source's own words."""

    term: str
    label: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Whose copy this is: the feed it came from and the copy's own address."""

    id: str  #: IRI of the source feed: its address
    title: str
    feed_url: str
    home: str  #: may be empty
    link: str  #: this copy's address
    updated: datetime
    source: SourceId = ""  #: ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Why an entry has its date, as far as that stands: what still narrows would change the feed."""

    source: str  #: title of the source whose date it is
    first_seen: datetime  #: our clock; UTC
    candidates: tuple[Candidate, ...]  #: all that was considered
    chosen: int | None  #: index into ``candidates``; None: ``first_seen``
    precision: Precision
    zone: ZoneOrigin
    flags: tuple[Flag, ...]
    upgraded_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another story that tells something alike in other words, or of another day."""

    id: StoryId
    page: str  #: absolute URL of our readable page
    title: str
    link: str  #: may be empty
    likeness: float  #: share of five-word sequences that both texts have, 0 to 1, two decimals


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A story as a feed shows it. Markup is sanitised, all else is plain text; instants are UTC."""

    id: StoryId
    page: str  #: absolute URL of our readable page
    title: str
    link: str
    summary: str
    content: str
    published: datetime
    updated: datetime  #: never before ``published``
    authors: tuple[Person, ...] = ()
    categories: tuple[Label, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image: str = ""
    language: str = ""
    comments: str = ""
    rights: str = ""
    foot: str = ""  #: markup that stands below the text; no part of the news
    comments_count: int | None = None
    links: tuple[Link, ...] = ()  #: the copy's own, beside ``link``
    original: Original | None = None  #: the feed that ``source`` itself has it from, if it is another
    point: Point | None = None
    episode: Episode | None = None
    podcast: tuple[PodcastTag, ...] = ()
    dates: Provenance
    source: Credit
    via: tuple[Credit, ...] = ()  #: every other copy that is still there
    related: tuple[Related, ...] = ()  #: the most alike first


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A story that was taken back, as Atom says it (RFC 6721)."""

    id: StoryId
    at: datetime  #: UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One state of a feed, ready to be rendered."""

    site: Site
    feed: Feed
    id: str  #: IRI of the feed, the same in every format
    updated: datetime  #: when the content last changed; UTC
    entries: tuple[Entry, ...]
    deleted: tuple[Deleted, ...] = ()  #: of the last days
    archive: int = 0  #: which archive document of the feed this is; 0: the one that is subscribed to
    previous: int = 0  #: the next older archive document (RFC 5005, section 4); 0: there is none

    @property
    def name(self) -> FeedName:
        """The path between ``/feeds/`` and the suffix."""
        return archive_name(self.feed.name, self.archive) if self.archive else self.feed.name

    def url(self, suffix: str) -> str:
        """Return the absolute address of this document in the format with ``suffix``."""
        return self._url(self.name, suffix) if self.archive else self.current(suffix)

    def current(self, suffix: str) -> str:
        """Return the absolute address of the document that is subscribed to."""
        return self._url(self.feed.address, suffix)

    def older(self, suffix: str) -> str:
        """Return the absolute address of the next older archive document; "": there is none."""
        return self._url(archive_name(self.feed.name, self.previous), suffix) if self.previous else ""

    def _url(self, name: FeedName, suffix: str) -> str:
        return f"{self.site.base_url}/feeds/{name}.{suffix}"

    @property
    def home(self) -> str:
        """The absolute address of the readable page that belongs to this feed."""
        return f"{self.site.base_url}{self.feed.page}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """The stories on top of a feed, and where the others are."""

    stories: tuple[tuple[StoryId, int], ...]  #: newest first, as many as the feed holds; each with its mark
    left_out: set[StoryId]  #: in no archive document yet, and too old to be among ``stories``
    previous: int  #: the newest archive document that has a story; 0: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveDocument:
    """What an archive document of a feed is made of (RFC 5005, section 4)."""

    number: int  #: from the oldest, 1
    full_at: datetime  #: since when no story is added to it; UTC
    previous: int  #: the next older one that has a story; 0: there is none
    stories: tuple[tuple[StoryId, int], ...]  #: newest first; each with its mark


def archive_name(feed: FeedName, number: int) -> str:
    """Return the path between ``/feeds/`` and the suffix of an archive document."""
    return f"{feed}{ARCHIVE}{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One rendered edition, as served."""

    feed: FeedName
    suffix: str  #: ``rss``, ``atom``, ``json``
    media_type: str
    body: bytes
    etag: str  #: strong, quoted (RFC 9110, 8.8.3): another one for every other ``body``
    changed_at: datetime  #: when the content last changed; UTC, whole seconds
