"""A sample edition, and what must hold for every document that we publish."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from aggregator.model.feed import Credit, Edition, Entry, Feed, Label, Provenance, Site
from aggregator.model.item import (
    Candidate,
    Claim,
    Enclosure,
    Flag,
    Origin,
    Person,
    Precision,
    Reading,
    ZoneOrigin,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SITE = Site(
    title="Kabar Nusantara", base_url="https://kabar.example.id", language="id", tag_date="2024-01-01"
)
FEED = Feed(
    name="logistik",
    title="Logistik",
    description="Pelabuhan, kapal & gudang",
    sources=("pelabuhan", "bahtera"),
    limit=50,
    page="/c/logistik/",
)
PELABUHAN = Credit(
    id="https://pelabuhan.example.id/feed/",
    title="Warta Pelabuhan",
    feed_url="https://pelabuhan.example.id/feed/",
    home="https://pelabuhan.example.id/",
    link="https://pelabuhan.example.id/2024/11/20/dermaga-baru/?a=1&b=2",
    updated=datetime(2024, 11, 20, 9, 15, tzinfo=UTC),
)
BAHTERA = Credit(
    id="https://bahtera.example.com/rss",
    title="Bahtera",
    feed_url="https://bahtera.example.com/rss",
    home="",
    link="https://bahtera.example.com/n/7?ref=a&x=y",
    updated=datetime(2024, 11, 20, 8, 0, tzinfo=UTC),
)
SEEN = datetime(2024, 11, 20, 7, 40, tzinfo=UTC)
TOLD = Provenance(
    source="Warta Pelabuhan",
    first_seen=SEEN,
    candidates=(
        Candidate(
            claim=Claim(origin=Origin.PUBLISHED, text='Rabu, 20 Nov 2024 | 14.30 <WIB> & "lagi"'),
            reading=Reading(
                earliest=datetime(2024, 11, 20, 7, 30, tzinfo=UTC),
                latest=datetime(2024, 11, 20, 7, 30, 59, tzinfo=UTC),
                precision=Precision.MINUTE,
                zone=ZoneOrigin.ABBREVIATION,
                offset=timedelta(hours=7),
            ),
        ),
        Candidate(claim=Claim(origin=Origin.UPDATED, text="segera"), reading=None),
    ),
    chosen=0,
    precision=Precision.MINUTE,
    zone=ZoneOrigin.ABBREVIATION,
    flags=(Flag.UNREADABLE,),
    upgraded_at=datetime(2024, 11, 20, 9, 15, tzinfo=UTC),
)
UNDATED = Provenance(
    source="Bahtera",
    first_seen=SEEN,
    candidates=(),
    chosen=None,
    precision=Precision.NONE,
    zone=ZoneOrigin.NONE,
    flags=(),
    upgraded_at=None,
)
FULL = Entry(
    id="tag:kabar.example.id,2024-01-01:pelabuhan/4711",
    page="https://kabar.example.id/items/dermaga-baru",
    title='Dermaga baru dibuka: 3 < 5 & "lebih cepat" 🚢',
    link=PELABUHAN.link,
    summary="<p>Antrean <b>kapal</b> turun.</p><p>Tarif tetap &amp; berlaku.</p>",
    content='<p>Antrean <b>kapal</b> turun dari 12 jam ke 5 jam.</p><p><img src="https://x.example/a.jpg"></p>',
    published=datetime(2024, 11, 20, 7, 30, tzinfo=UTC),
    updated=datetime(2024, 11, 20, 9, 15, tzinfo=UTC),
    authors=(
        Person(
            name="Sari Wulandari", email="sari@pelabuhan.example.id", url="https://pelabuhan.example.id/sari"
        ),
        Person(name="Budi"),
    ),
    categories=(
        Label(term="logistik", label="Logistik", scheme="https://kabar.example.id/c/"),
        Label(term="Tanjung Priok"),
    ),
    enclosures=(
        Enclosure(url="https://pelabuhan.example.id/suara.mp3", type="audio/mpeg", length=1234567),
        Enclosure(url="https://pelabuhan.example.id/peta.pdf", type="application/pdf"),
    ),
    image="https://pelabuhan.example.id/dermaga.jpg",
    language="id",
    comments="https://pelabuhan.example.id/2024/11/20/dermaga-baru/#komentar",
    rights="© Warta Pelabuhan",
    dates=TOLD,
    source=PELABUHAN,
    via=(BAHTERA,),
)
LINKLESS = Entry(
    id="tag:kabar.example.id,2024-01-01:bahtera/8",
    page="https://kabar.example.id/items/short-notice",
    title="Short notice",
    link="",
    summary="The crane is closed today.",
    content="",
    published=datetime(2024, 11, 19, 23, 0, 0, 999_999, tzinfo=UTC),
    updated=datetime(2024, 11, 19, 23, 0, 0, 999_999, tzinfo=UTC),
    language="en",
    enclosures=(Enclosure(url="https://bahtera.example.com/notice"),),
    dates=UNDATED,
    source=BAHTERA,
)
UNTITLED = Entry(
    id="https://bahtera.example.com/n/6",
    page="https://kabar.example.id/items/tanpa-judul",
    title="",
    link="https://bahtera.example.com/n/6",
    summary="",
    content="<p>Kapal <em>Nusa</em> masuk galangan dua pekan: lambung, baling-baling, mesin dan palka.</p>",
    published=datetime(2024, 11, 18, 1, 2, 3, tzinfo=UTC),
    updated=datetime(2024, 11, 18, 1, 2, 3, tzinfo=UTC),
    dates=UNDATED,
    source=BAHTERA,
)


@pytest.fixture(scope="session")
def edition() -> Edition:
    """A feed with a full entry, one without a link and one without a title."""
    return Edition(
        site=SITE,
        feed=FEED,
        id="tag:kabar.example.id,2024-01-01:feeds/logistik",
        updated=datetime(2024, 11, 20, 9, 16, 5, tzinfo=UTC),
        entries=(FULL, LINKLESS, UNTITLED),
    )


@pytest.fixture(scope="session")
def valid() -> Callable[[str, bytes], list[str]]:
    """Asserts that a document is valid in a format, by suffix; returns its entries' ids in their order."""

    def check(suffix: str, body: bytes) -> list[str]:
        ids = {"rss": _valid_rss, "atom": _valid_atom, "json": _valid_json}[suffix](body)
        assert len(set(ids)) == len(ids)
        return ids

    return check


ATOM = "{http://www.w3.org/2005/Atom}"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
TOLD_APART = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
RFC_822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d:\d\d \+0000"
)


def _one(parent: ET.Element, tag: str) -> str:
    """Return the text of the only child with ``tag``."""
    found = parent.findall(tag)
    assert len(found) == 1, f"{len(found)} {tag} in {parent.tag}"
    return found[0].text or ""


def _valid_rss(body: bytes) -> list[str]:
    rss = ET.fromstring(body)  # noqa: S314 - of our own making
    assert (rss.tag, rss.attrib["version"], len(rss)) == ("rss", "2.0", 1)
    channel = rss[0]
    assert _one(channel, "title")
    assert _one(channel, "description")
    assert _one(channel, "link").startswith("https://kabar.example.id/")
    assert RFC_822.fullmatch(_one(channel, "lastBuildDate"))
    assert [link.attrib for link in channel.findall(f"{ATOM}link")] == [
        {"rel": "self", "type": "application/rss+xml", "href": "https://kabar.example.id/feeds/logistik.rss"}
    ]
    ids = []
    for item in channel.findall("item"):
        assert _one(item, "title").strip()
        assert _one(item, "link")
        assert RFC_822.fullmatch(_one(item, "pubDate"))
        assert RFC_3339.fullmatch(_one(item, f"{ATOM}updated"))
        for single in ("description", "enclosure", "source", "comments"):
            assert len(item.findall(single)) <= 1
        for enclosure in item.findall("enclosure"):
            assert enclosure.attrib["url"]
            assert enclosure.attrib["type"]
            assert int(enclosure.attrib["length"]) >= 0
        assert not item.findall("author"), "an author here must be an e-mail address"
        guid = item.find("guid")
        assert guid is not None
        permanent = {"true": True, "false": False}[guid.attrib["isPermaLink"]]
        assert permanent == (guid.text == _one(item, "link"))
        ids.append(guid.text or "")
    return ids


def _valid_atom(body: bytes) -> list[str]:
    feed = ET.fromstring(body)  # noqa: S314 - of our own making
    assert feed.tag == f"{ATOM}feed"
    assert _one(feed, f"{ATOM}id")
    assert _one(feed, f"{ATOM}title")
    assert _one(feed.findall(f"{ATOM}author")[0], f"{ATOM}name")
    assert RFC_3339.fullmatch(_one(feed, f"{ATOM}updated"))
    links = {link.attrib["rel"]: link.attrib for link in feed.findall(f"{ATOM}link")}
    assert links["self"]["href"] == "https://kabar.example.id/feeds/logistik.atom"
    assert links["self"]["type"] == "application/atom+xml"
    ids = []
    for entry in feed.findall(f"{ATOM}entry"):
        assert _one(entry, f"{ATOM}title").strip()
        assert TOLD_APART.fullmatch(_one(entry, f"{ATOM}published"))
        assert _one(entry, f"{ATOM}published") <= _one(entry, f"{ATOM}updated")
        for text in (*entry.findall(f"{ATOM}content"), *entry.findall(f"{ATOM}summary")):
            assert text.attrib == {"type": "html"}
        for author in entry.findall(f"{ATOM}author"):
            assert _one(author, f"{ATOM}name")
        for source in entry.findall(f"{ATOM}source"):
            assert _one(source, f"{ATOM}id")
            assert _one(source, f"{ATOM}title")
            assert RFC_3339.fullmatch(_one(source, f"{ATOM}updated"))
            assert entry.findall(f"{ATOM}author") or _one(source.findall(f"{ATOM}author")[0], f"{ATOM}name")
        relations = [link.get("rel", "alternate") for link in entry.findall(f"{ATOM}link")]
        assert relations.count("alternate") == 1
        assert all(link.attrib["href"] for link in entry.findall(f"{ATOM}link"))
        assert all(category.attrib["term"] for category in entry.findall(f"{ATOM}category"))
        ids.append(_one(entry, f"{ATOM}id"))
    return ids


def _valid_json(body: bytes) -> list[str]:
    document = json.loads(body)
    jsonschema.validate(document, JSON_FEED)
    return [item["id"] for item in document["items"]]


def _members(required: str, **members: Any) -> dict[str, Any]:
    return {
        "type": "object", "additionalProperties": False, "required": required.split(), "properties": members,
    }  # fmt: skip


WORDS = {"type": "string", "minLength": 1}
DATE = {"type": "string", "pattern": f"^{RFC_3339.pattern}$"}
CREDIT = _members("", title=WORDS, feed_url=WORDS, url=WORDS)
DATES = _members(
    "first_seen precision zone",
    source=WORDS,
    first_seen=DATE,
    considered={
        "type": "array",
        "minItems": 1,
        "items": _members(
            "origin",
            origin=WORDS,
            text={"type": "string"},
            earliest=DATE,
            latest=DATE,
            precision=WORDS,
            zone=WORDS,
        ),
    },
    chosen={"type": "integer"},
    precision=WORDS,
    zone=WORDS,
    flags={"type": "array", "minItems": 1, "items": WORDS},
    upgraded=DATE,
)
WHOLE = {"type": "integer", "minimum": 0}
DEGREES = {"type": "number"}
TAGS = {"type": "array", "minItems": 1, "items": {"type": "object"}}
LINKS = {"type": "array", "minItems": 1, "items": _members("url", url=WORDS, title=WORDS)}
MEDIA = _members(
    "",
    **dict.fromkeys(("medium", "description", "thumbnail"), WORDS),
    **dict.fromkeys(("width", "height", "group"), WHOLE),
    credits={"type": "array", "minItems": 1, "items": _members("name", name=WORDS, role=WORDS)},
)
JSON_FEED = _members(
    "version title home_page_url feed_url items",
    version={"const": "https://jsonfeed.org/version/1.1"},
    title=WORDS,
    home_page_url=WORDS,
    feed_url={"const": "https://kabar.example.id/feeds/logistik.json"},
    description=WORDS,
    language=WORDS,
    items={
        "type": "array",
        "items": _members(
            "id url title content_html date_published date_modified",
            id=WORDS,
            url=WORDS,
            title=WORDS,
            content_html=WORDS,
            summary=WORDS,
            image=WORDS,
            date_published=DATE,
            date_modified=DATE,
            authors={"type": "array", "minItems": 1, "items": _members("name", name=WORDS, url=WORDS)},
            tags={"type": "array", "minItems": 1, "uniqueItems": True, "items": WORDS},
            language=WORDS,
            attachments={
                "type": "array",
                "minItems": 1,
                "items": _members(
                    "url mime_type",
                    url=WORDS,
                    mime_type=WORDS,
                    title=WORDS,
                    size_in_bytes=WHOLE,
                    duration_in_seconds=WHOLE,
                    _media=MEDIA,
                ),
            },
            external_url=WORDS,
            _comments=_members("", url=WORDS, count=WHOLE),
            _rights=_members("text", text=WORDS),
            _links=_members("", **dict.fromkeys(("related", "via"), LINKS)),
            _original=_members("id title", id=WORDS, title=WORDS, feed_url=WORDS, home=WORDS),
            _episode=_members(
                "",
                **dict.fromkeys(("title", "subtitle", "kind", "image"), WORDS),
                **dict.fromkeys(("duration", "season", "number"), WHOLE),
                explicit={"type": "boolean"},
            ),
            _geo=_members("latitude longitude", latitude=DEGREES, longitude=DEGREES, name=WORDS),
            _podcast={"type": "object", "minProperties": 1, "additionalProperties": TAGS},
            _source=CREDIT,
            _via={"type": "array", "minItems": 1, "items": CREDIT},
            _dates=DATES,
        ),
    },
)
