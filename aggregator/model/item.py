"""News, as a source claims it and as we keep it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from aggregator.model.source import SourceId


class Origin(StrEnum):
    """Where a date was found, best first (docs/timestamps.md, rule 1)."""

    WORDPRESS = "wordpress"  #: ``date_gmt`` of the WordPress API
    PUBLISHED = "published"  #: RSS pubDate, Atom published, JSON Feed date_published
    CREATED = "created"  #: dcterms:created and the like
    JSON_LD = "json_ld"  #: ``datePublished`` in the article page's JSON-LD
    META = "meta"  #: the article page's ``article:published_time`` and its like
    TIME = "time"  #: the article page's ``<time datetime>``
    SITEMAP = "sitemap"  #: ``publication_date`` in a news sitemap
    UPDATED = "updated"  #: Atom updated, dc:date, JSON Feed date_modified
    TEXT = "text"  #: a listing's visible date, absolute or relative
    URL = "url"  #: the day in a link such as /2024/11/20/
    GUESS = "guess"  #: what htmldate makes of an article page that names no date
    MODIFIED = "modified"  #: the article page's date of last change; where there is nothing else at all


class Precision(StrEnum):
    """How fine a date is known."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    NONE = "none"


class ZoneOrigin(StrEnum):
    """Where a date's zone was taken from."""

    OFFSET = "offset"  #: written beside it: ``+0700``, ``Z``, ``GMT+7``
    ABBREVIATION = "abbreviation"  #: ``WIB``, ``EST``
    SOURCE = "source"  #: the source's configured ``timezone``, or its ``zone_fix``
    LEARNED = "learned"  #: found out by itself, against what is written (rule 7)
    NONE = "none"  #: needs none: relative text, epoch seconds, our own clock


class Flag(StrEnum):
    """What was odd about an item's dates."""

    UNREADABLE = "unreadable"  #: a date was there and could not be read
    IMPLAUSIBLE = "implausible"  #: before 1990 or after 2200 (rule 10)
    FUTURE = "future"  #: more than five minutes ahead of our clock, and so not believed (rule 6)
    CONFLICT = "conflict"  #: two dates differ by over two hours (rule 1)
    BACKFILL = "backfill"  #: undated, on the source's very first collect (rule 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A date exactly as a source wrote it, unread."""

    origin: Origin
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a date text says: the instant lies in ``[earliest, latest]`` (aware, UTC)."""

    earliest: datetime
    latest: datetime
    precision: Precision
    zone: ZoneOrigin
    relative: bool = False  #: told from the time of the response: "2 hours ago", "kemarin 10:15"
    offset: timedelta | None = None  #: from UTC, of the zone it was read in; None: "2 hours ago" needs none
    likely: datetime | None = None  #: of "2 hours ago": two hours ago; None: all of the interval is alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A claim and how we read it; ``reading`` is None where it says no date."""

    claim: Claim
    reading: Reading | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A date that a source gave when the item's own was settled already; recorded, no more (rule 5)."""

    at: datetime  #: our clock when it was first seen; UTC
    candidate: Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """The one time that ``published`` moved (rule 5). Both instants are UTC."""

    at: datetime  #: our clock at that collect
    before: datetime  #: what was published until then


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The instants of an item and why they are what they are. All aware and in UTC."""

    published: datetime  #: what we publish and sort by; moves once at most, for the better (rule 5)
    updated: datetime  #: the last significant change
    candidates: tuple[Candidate, ...] = ()  #: everything that was considered, in the order of claims
    chosen: int | None = None  #: index into ``candidates``; None: our own clock, ``first_seen``
    precision: Precision = Precision.NONE
    zone: ZoneOrigin = ZoneOrigin.NONE
    earliest: datetime | None = None  #: the chosen interval; a label's narrows as it ages (rule 4)
    latest: datetime | None = None
    flags: tuple[Flag, ...] = ()
    hold_until: datetime | None = None  #: not to be published before this instant (``future: hold``)
    upgrade: Upgrade | None = None
    later: tuple[Later, ...] = ()  #: the newest few


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text as a source sent it. ``html`` tells markup from plain text."""

    value: str
    html: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An author. Empty strings mean: not given."""

    name: str = ""
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """Who had a part in a file (Media RSS, ``media:credit``)."""

    name: str
    role: str = ""  #: the source's word: ``photographer``, ``producer``


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that belongs to an item. Texts are plain; empty and None mean: not given.

    What is more than ``url``, ``type`` and ``length`` is Media RSS (https://www.rssboard.org/media-rss).
    """

    url: str
    type: str = ""  #: media type; empty: not given
    length: int | None = None  #: bytes
    enclosed: bool = True  #: False: described as ``media:content``, but not an enclosure of RSS or Atom
    medium: str = ""  #: ``image``, ``audio``, ``video``, ``document``, ``executable``
    width: int | None = None  #: pixels
    height: int | None = None  #: pixels
    duration: int | None = None  #: seconds
    title: str = ""
    description: str = ""
    credits: tuple[Contributor, ...] = ()
    thumbnail: str = ""  #: absolute URL
    group: int = 0  #: those of one number above zero are the same thing in other forms (``media:group``)


class Rel(StrEnum):
    """How a link belongs to an item, of those that are carried on (RFC 4287, 4.2.7.2)."""

    RELATED = "related"
    VIA = "via"  #: where the source has it from


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link that a source gave beside the item's own."""

    rel: Rel
    url: str  #: absolute
    title: str = ""  #: plain text


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The feed that an item first stood in, as its source says: ``atom:source``, ``source`` of RSS."""

    title: str = ""  #: plain text
    feed_url: str = ""  #: absolute
    home: str = ""  #: absolute
    id: str = ""  #: its atom:id, verbatim


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on the earth (GeoRSS Simple, W3C Basic Geo), in degrees of WGS 84."""

    latitude: float  #: -90 to 90, north is positive
    longitude: float  #: -180 to 180, east is positive
    name: str = ""  #: ``georss:featureName``; plain text


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What the iTunes elements say of an item. Texts are plain; empty and None mean: not given.

    Source: https://help.apple.com/itc/podcasts_connect/#/itcb54353390
    """

    title: str = ""  #: without the numbers that the item's own title may have
    subtitle: str = ""
    duration: int | None = None  #: seconds
    season: int | None = None
    number: int | None = None  #: of the episode, in its season
    kind: str = ""  #: ``full``, ``trailer`` or ``bonus``
    explicit: bool | None = None
    image: str = ""  #: absolute URL


@dataclass(frozen=True, slots=True, kw_only=True)
class PodcastTag:
    """An element of Podcasting 2.0 (https://podcasting2.org/docs/podcast-namespace), kept as it is."""

    name: str  #: as its specification spells it: ``transcript``, ``alternateEnclosure``
    text: str = ""  #: plain
    attributes: tuple[tuple[str, str], ...] = ()  #: names and values, in the specification's order
    inside: tuple[PodcastTag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedItem:
    """One item of a source's document: what the source claims, nothing invented.

    Markup is raw: it is sanitised later, and only for items that are new or changed.
    """

    id: str = ""  #: guid, atom:id, JSON Feed id; trimmed, otherwise verbatim
    link: str = ""  #: absolute http(s) URL
    title: Text = Text(value="", html=False)
    summary: Text = Text(value="")
    content: Text = Text(value="")
    authors: tuple[Person, ...] = ()
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image: str = ""  #: absolute URL
    language: str = ""
    comments: str = ""  #: URL of the comments page
    rights: str = ""
    comments_count: int | None = None  #: how many there are, says the source
    links: tuple[Link, ...] = ()
    original: Original | None = None
    point: Point | None = None
    episode: Episode | None = None
    podcast: tuple[PodcastTag, ...] = ()
    dates: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When a document asks to be read again."""

    every: timedelta | None = None  #: not sooner than this: RSS ``ttl``, ``sy:updatePeriod``
    skip_hours: frozenset[int] = frozenset()  #: 0 to 23, UTC: RSS ``skipHours``
    skip_days: frozenset[int] = frozenset()  #: 0 (Monday) to 6, UTC: RSS ``skipDays``


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """A source's document, read."""

    title: str = ""  #: plain text
    home: str = ""  #: absolute URL of the page that the feed belongs to
    language: str = ""
    items: tuple[ParsedItem, ...] = ()  #: in the document's order
    faults: tuple[str, ...] = ()  #: what was wrong and survived, a line for each, for a person
    cut: bool = False  #: it has more items than are read
    pace: Pace = Pace()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What an article's page says of itself."""

    claims: tuple[Claim, ...]  #: the dates that it states, best first, each once
    canonical: str  #: its proper address, absolute; "" where it names none that can be believed


class JoinedBy(StrEnum):
    """What showed that an item tells the same news as another (docs/duplicates.md, C)."""

    URL = "url"  #: an equal canonical address
    ID = "id"  #: an equal upstream id that is globally unique
    TEXT = "text"  #: a near-duplicate text


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """How an item came into a story that another had founded. With it a lost story can be told again."""

    by: JoinedBy
    source: SourceId  #: with ``key``: the copy that it was recognised by
    key: str
    settled: bool  #: that story was published already, and so kept its dates and the copy it shows
    leads: bool  #: it became the copy shown
    detail: str = ""  #: what was equal, or how much; for a person
    at: datetime | None = None  #: UTC; None: at once, when it was first seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece of news, normalised: what we store. All instants are aware and in UTC."""

    source: SourceId
    key: str  #: unique inside the source (rules.identity)
    upstream_id: str  #: the source's own id, verbatim; may be empty
    canonical_url: str  #: for comparison only (rules.urls); empty: its link identifies nothing
    link: str  #: the publisher's own address, as sent
    title: str  #: plain text, never markup
    summary: str  #: sanitised HTML
    content: str  #: sanitised HTML
    authors: tuple[Person, ...]
    categories: tuple[str, ...]  #: the source's own words
    enclosures: tuple[Enclosure, ...]
    image: str
    language: str
    comments: str
    rights: str
    first_seen: datetime  #: our clock at the collect that first saw it
    dates: Dates
    raw_hash: str  #: of everything the source sent for it: equal means nothing to do
    revisions: int = 0  #: how often ``updated`` has moved
    awaits_page: bool = False  #: its article's page has not been looked at for dates (``article: true``)
    former_keys: tuple[str, ...] = ()  #: other keys that its source gave it, the newest last
    joined: Joined | None = None  #: None: it founded its story
    leads_since: datetime | None = None  #: when it took over from a copy that was withdrawn
    withdrawn_at: datetime | None = None  #: when we saw that its source had taken it back
    suspect: bool = False  #: looked new although its date did not say so (rules.gate)
    held: bool = False  #: by the gate, until it is released
    unmatched: bool = False  #: its text is yet to be compared with that of others
    comments_count: int | None = None  #: when the item was last written; it alone writes none anew
    links: tuple[Link, ...] = ()
    original: Original | None = None  #: whom the source itself has it from
    point: Point | None = None
    episode: Episode | None = None
    podcast: tuple[PodcastTag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store answers about an item that a document names again."""

    key: str
    raw_hash: str
    published: datetime  #: UTC
    first_seen: datetime  #: UTC
    dated: bool  #: by a date that the source gave, not by our clock
    withdrawn: bool  #: its source had taken it back
