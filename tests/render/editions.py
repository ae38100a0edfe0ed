"""Editions made of whatever strangers may send, in every field, as the pipeline would make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from hypothesis import strategies as st

from aggregator.model.feed import Credit, Deleted, Edition, Entry, Feed, Label, Provenance, Related, Site
from aggregator.model.item import (
    Candidate,
    Claim,
    Contributor,
    Enclosure,
    Episode,
    Flag,
    Link,
    Origin,
    Original,
    Person,
    PodcastTag,
    Point,
    Precision,
    Reading,
    Rel,
    ZoneOrigin,
)
from aggregator.parse.html import clean_text, sanitise
from aggregator.rules.ids import mint

T = TypeVar("T")

BASE_URL = "https://kabar.example.id"
HOSTILE = [
    "",
    " \n\t ",
    "satu\x00dua\x01tiga\x0b\x0c\x1f\x7f\x85\x93",
    "<![CDATA[ a ]]> b ]]> c",
    "kata\ud800 lain\udfff",
    "kata\ufffe lain\uffff \U0001ffff \ufdd0 \ufffd",
    "<p><b>tebal <i a=\"' <p>& &amp &#0; &#x1F; </div><<script>",
    "<b>tebal</b> &lt;b&gt; &amp;nbsp; <script>alert(1)</script>",
    '<p onclick="x()" style="color:red">a<a href="javascript:x()">b</a><img src="/a.png"><iframe></iframe>',
    "\u05e9\u05dc\u05d5\u05dd \u202e\u0645\u0631\u062d\u0628\u0627\u202c",
    "👩\u200d👩\u200d👧\u200d👦 🇮🇩 👍🏽",
    "a\r\nb\tc\u2028d",
    "&lt;b&gt; &nbsp; &bogus; &#150; R&D",
    "Skor 3&4, a <b c, Q&A_1",
    "CafÃ© Â©",
    '<bdo dir="rtl">a</bdo> <audio src="https://x.example/a.mp3"></audio>',
    "x" * 2_000,
    "javascript:alert(1)",
    "data:text/html,<b>x",
    "//x.example/a",
    "/relatif",
    "?p=1",
    "feed:https://x.example/",
    "http://[",
    "https://",
    "https://x.example",
    "https://x.example?a=1",
    "http://suara_kita.x.example/a.mp3",
    "http://lokal/",
    "http://[2001:db8::1]/",
    "https://x.example./caf%E9?e%CC%81",
    "https://X.Example:443/a b/é?q[]=1&r=100%#a#b",
    "HTTPS://x.example/<b>",
    "https://bücher.example/ü",
    "https://x.example:99999/",
    "https://user:pa%ss@x.example/",
    "mailto:a@x.example",
    "a@x.example",
    "Sari <sari@x.example>",
    "sari@x.example (Sari)",
    "xx_YY!",
    "id_ID",
    "indonesia",
    "en-US",
    "foo",
    "audio/mpeg",
    "text/html; charset=utf-8",
    "image/*",
    "tag:X.example,2024:a b",
    "urn:uuid:4711",
    "urn:isbn:0451450523",
    "4711",
]


def few(things: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """Return tuples of none, one or two of them."""
    return st.lists(things, max_size=2).map(tuple)


any_text = st.text(
    st.one_of(st.characters(), st.sampled_from("\x00\x0b\r\n\ud800\udfff\ufffe\uffff]>&<\"';#/")), max_size=12
)
words = st.one_of(
    st.sampled_from(HOSTILE), any_text, st.tuples(any_text, st.sampled_from(HOSTILE)).map("".join)
)
#: As ``Item`` has them: texts of one line, sanitised markup.
titles = words.map(clean_text)
markup = words.map(lambda text: sanitise(text, base="https://x.example/a/"))
addresses = st.one_of(st.just(""), words, any_text.map("https://x.example/".__add__))
_NOON = datetime(2024, 11, 20, 12, tzinfo=UTC)  # again and again, so that entries have the same date
instants = st.just(_NOON) | st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2099, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
languages = st.sampled_from(
    ["", "id", "en-GB", "in", "id_ID", "xx_YY!", "indonesia", "qq", "bjn", "jv-Latn", "\ud800"]
)
people = st.builds(Person, name=titles, email=words, url=addresses)
roles = st.sampled_from(["", "Photographer", "producer", "tukang foto"])
labels = st.builds(
    Label, term=titles, label=titles, scheme=st.sampled_from(["", f"{BASE_URL}/c/", "kata", "/c/"])
)
numbers = st.none() | st.integers(1, 10**6)
files = st.builds(
    Enclosure,
    url=addresses,
    type=words,
    length=st.none() | st.integers(-2, 10**12),
    enclosed=st.booleans(),
    medium=st.sampled_from(["", "image", "video"]),
    width=numbers,
    height=numbers,
    duration=numbers,
    title=titles,
    description=titles,
    credits=few(st.builds(Contributor, name=titles, role=roles)),
    thumbnail=addresses,
    group=st.integers(0, 2),
)
links = st.builds(Link, rel=st.sampled_from(Rel), url=addresses, title=titles)
originals = st.builds(Original, title=titles, feed_url=addresses, home=addresses, id=words)
points = st.builds(Point, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180), name=titles)
episodes = st.builds(
    Episode,
    title=titles,
    subtitle=titles,
    duration=numbers,
    season=numbers,
    number=numbers,
    kind=st.sampled_from(["", "full", "bonus"]),
    explicit=st.none() | st.booleans(),
    image=addresses,
)
transcripts = st.builds(
    PodcastTag,
    name=st.just("transcript"),
    attributes=st.just((("url", "https://x.example/t.vtt"), ("type", "text/vtt"))),
)
credits_ = st.builds(
    Credit, id=words, title=titles, feed_url=addresses, home=addresses, link=addresses, updated=instants
)
_readings = st.builds(
    Reading,
    earliest=instants,
    latest=instants,
    precision=st.sampled_from(Precision),
    zone=st.sampled_from(ZoneOrigin),
)


def provenances(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Provenance]:
    """Return why entries have their dates, with ``texts`` for whatever is text in it."""
    claims = st.builds(Claim, origin=st.sampled_from(Origin), text=texts)
    return st.builds(
        Provenance,
        source=texts,
        first_seen=instants,
        candidates=few(st.builds(Candidate, claim=claims, reading=st.none() | _readings)),
        chosen=st.none() | st.integers(0, 1),
        precision=st.sampled_from(Precision),
        zone=st.sampled_from(ZoneOrigin),
        flags=few(st.sampled_from(Flag)),
        upgraded_at=st.none() | instants,
    )


sites = st.builds(
    Site, title=titles, base_url=st.just(BASE_URL), language=languages, tag_date=st.just("2024-01-01")
)
SITE = Site(title="Kabar", base_url=BASE_URL, language="id", tag_date="2024-01-01")
ids = st.builds(
    lambda upstream, own: mint(upstream, key=f"url:{upstream}", own_id=own, source="pelabuhan", site=SITE),
    words.map(clean_text),
    st.booleans(),
)
related = st.builds(
    Related,
    id=ids,
    page=st.just(f"{BASE_URL}/items/a"),
    title=titles,
    link=addresses,
    likeness=st.floats(0, 1),
)
entries = st.builds(
    Entry,
    id=ids,
    page=st.integers(0, 9).map(f"{BASE_URL}/items/{{}}".format),
    title=titles,
    link=addresses,
    summary=markup,
    content=markup,
    published=instants,
    updated=instants,
    authors=few(people),
    categories=few(labels),
    enclosures=few(files),
    image=addresses,
    language=languages,
    comments=addresses,
    rights=titles,
    dates=provenances(titles),
    source=credits_,
    via=few(credits_),
    related=few(related),
    comments_count=numbers,
    links=few(links),
    original=st.none() | originals,
    point=st.none() | points,
    episode=st.none() | episodes,
    podcast=few(transcripts),
).map(lambda entry: replace(entry, updated=max(entry.published, entry.updated)))


def _newest_first(some: list[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(some, key=lambda entry: entry.published, reverse=True))


feeds = st.builds(
    Feed,
    name=st.just("logistik"),
    title=titles,
    description=titles,
    sources=st.just(()),
    limit=st.just(50),
    page=st.sampled_from(["/", "/c/logistik/"]),
)
deleted = st.builds(
    Deleted, id=st.sampled_from(["tag:a.example,2024:1", "tag:a.example,2024:2"]), at=instants
)
editions = st.builds(
    Edition,
    site=sites,
    feed=feeds,
    id=st.just("tag:kabar.example.id,2024-01-01:feed/logistik"),
    updated=instants,
    archive=st.integers(0, 2),
    entries=st.lists(entries, max_size=3, unique_by=lambda entry: entry.id).map(_newest_first),
    deleted=st.lists(deleted, max_size=2, unique_by=lambda gone: gone.id).map(tuple),
)
