"""No entry, whatever a source put into it, costs the feed or its neighbours."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model.feed import Credit, Edition, Entry, Feed, Label, Site
from aggregator.model.item import (
    Contributor,
    Enclosure,
    Episode,
    Link,
    Original,
    Person,
    PodcastTag,
    Point,
    Rel,
)
from aggregator.render import FORMATS
from aggregator.render.opml import opml
from aggregator.render.printable import clean, printable, printable_entry, worded
from tests.render.editions import few, provenances

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = {
    "controls": "satu\x00dua\x01tiga\x0b\x0c\x1f\x7f\x85",
    "end of CDATA": "<![CDATA[ a ]]> b ]]> c",
    "lone surrogates": "kata\ud800 lain\udfff",
    "non-characters": "kata\ufffe lain\uffff \U0001ffff",
    "broken markup": "<p><b>tebal <i a=\"' <p>& &amp &#0; &#x1F; </div><<script>",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202e\u0645\u0631\u062d\u0628\u0627\u202c",
    "emoji": "👩‍👩‍👧‍👦 🇮🇩 👍🏽",
    "lines": "a\r\nb\tc\u2028d",
    "entities": "&lt;b&gt; &nbsp; &bogus;",
    "spaces": " \n\t ",
}


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_everywhere(
    suffix: str, value: str, edition: Edition, valid: Callable[[str, bytes], list[str]]
) -> None:
    first, second, third = edition.entries
    hostile = replace(
        second,
        title=value,
        summary=value,
        content=value,
        authors=(Person(name=value, email=value, url=value),),
        categories=(Label(term=value, label=value, scheme=value),),
        enclosures=(Enclosure(url="https://x.example/" + value, type=value),),
        image=value,
        comments=value,
        rights=value,
        language=value,
        links=(Link(rel=Rel.VIA, url="https://x.example/" + value, title=value),),
        original=Original(title=value, feed_url=value, home=value, id=value),
        point=Point(latitude=1, longitude=1e-9, name=value),
        episode=Episode(title=value, subtitle=value, image=value),
        podcast=(
            PodcastTag(name="person", text=value, attributes=(("href", value),)),
            PodcastTag(name=value),
        ),
        source=replace(second.source, title="x" + value),
    )
    body = FORMATS[suffix].render(replace(edition, entries=(first, hostile, third)))
    assert valid(suffix, body) == [first.id, second.id, third.id]


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_a_control_character_costs_only_itself(suffix: str, edition: Edition) -> None:
    hostile = replace(edition.entries[1], title="Kapal\x0b \x00tiba\ufffe", content="<p>]]>\x08</p>")
    (entry,) = feedparser.parse(FORMATS[suffix].render(replace(edition, entries=(hostile,)))).entries
    assert entry.title == "Kapal tiba"
    assert entry.content[0].value == "<p>]]></p>"


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_a_megabyte_is_carried(
    suffix: str, edition: Edition, valid: Callable[[str, bytes], list[str]]
) -> None:
    large = replace(edition.entries[0], title="", summary="", content="<p>kata & ]]> 🚢 </p>" * 50_000)
    body = FORMATS[suffix].render(replace(edition, entries=(large,)))
    assert len(body) > 1_000_000
    assert valid(suffix, body) == [large.id]


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_a_feed_without_entries_is_valid(
    suffix: str, edition: Edition, valid: Callable[[str, bytes], list[str]]
) -> None:
    assert valid(suffix, FORMATS[suffix].render(replace(edition, entries=()))) == []


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_an_entry_that_says_nothing_is_published(
    suffix: str, edition: Edition, valid: Callable[[str, bytes], list[str]]
) -> None:
    bare = replace(
        edition.entries[1],
        title="",
        summary="<p> </p>",
        language="",
        authors=(Person(),),
        categories=(Label(term=""),),
        enclosures=(Enclosure(url=""),),
        source=replace(edition.entries[1].source, id="", title="", feed_url="", link=""),
        via=(replace(edition.entries[1].source, link=""),),
    )
    body = FORMATS[suffix].render(replace(edition, entries=(bare,)))
    assert valid(suffix, body) == [bare.id]
    assert "(tanpa judul)" in body.decode()
    english = FORMATS[suffix].render(replace(edition, entries=(replace(bare, language="en-GB"),)))
    assert "(untitled)" in english.decode()


@pytest.mark.parametrize(
    ("words", "title"),
    [
        pytest.param("kata " * 30, "kata " * 14 + "kata…", id="cut between words"),
        pytest.param("x" * 200, "x" * 79 + "…", id="one long word"),
        pytest.param("x" * 80, "x" * 80, id="just fits"),
    ],
)
def test_a_missing_title_is_the_beginning_of_the_text(edition: Edition, words: str, title: str) -> None:
    untitled = replace(edition.entries[1], title=" ", summary=f"<p>{words}</p>")
    body = FORMATS["json"].render(replace(edition, entries=(untitled,)))
    assert json.loads(body)["items"][0]["title"] == title


def test_a_nameless_author_is_called_by_the_address(edition: Edition) -> None:
    people = (Person(email="a@x.example"), Person(url="https://x.example/b"), Person())
    body = FORMATS["json"].render(replace(edition, entries=(replace(edition.entries[0], authors=people),)))
    assert json.loads(body)["items"][0]["authors"] == [
        {"name": "a@x.example"},
        {"name": "https://x.example/b", "url": "https://x.example/b"},
    ]


def test_a_tag_without_a_name_that_xml_allows_is_left_out(edition: Edition) -> None:
    good = PodcastTag(name="person", text="Ani", attributes=(("href", "https://x.example/"),))
    tags = (
        PodcastTag(name="person><script", text="x"),
        PodcastTag(name="person", attributes=(('role="x" onload', "x"),)),
        PodcastTag(name="value", inside=(PodcastTag(name=""),)),
        good,
    )
    entry = replace(edition.entries[0], podcast=tags)
    assert printable_entry(entry, "id").podcast == (good,)


@pytest.mark.parametrize(
    ("given", "known"),
    [
        (Original(), None),
        (Original(title="Asal"), None),
        (
            Original(title="Asal", home="https://h.example/"),
            Original(title="Asal", home="https://h.example/", id="https://h.example/"),
        ),
        (
            Original(feed_url="https://f.example/feed", home="https://h.example/"),
            Original(
                title="https://f.example/feed",
                feed_url="https://f.example/feed",
                home="https://h.example/",
                id="https://f.example/feed",
            ),
        ),
        (Original(id="urn:isbn:1"), Original(title="urn:isbn:1", id="urn:isbn:1")),
    ],
)
def test_an_original_has_an_id_and_a_title_or_is_none(
    given: Original, known: Original | None, edition: Edition
) -> None:
    assert printable_entry(replace(edition.entries[0], original=given), "id").original == known


def test_what_says_nothing_beside_the_news_is_left_out(edition: Edition) -> None:
    entry = replace(
        edition.entries[0],
        links=(Link(rel=Rel.VIA, url=""), Link(rel=Rel.VIA, url="https://x.example/")),
        enclosures=(
            Enclosure(url="https://x.example/u", credits=(Contributor(name=""), Contributor(name="Ani"))),
        ),
    )
    ready = printable_entry(entry, "id")
    assert ready.links == entry.links[1:]
    assert ready.enclosures == (Enclosure(url="https://x.example/u", credits=(Contributor(name="Ani"),)),)


@pytest.mark.parametrize(
    ("summary", "content"), [("<p>Ringkas.</p>", "<p>Isi.</p>"), ("<p>Ringkas.</p>", ""), ("", "<p>Isi.</p>")]
)
def test_the_foot_stands_below_the_text_that_is_read_and_nowhere_else(
    edition: Edition, summary: str, content: str
) -> None:
    foot = "<p>Sumber: Antara</p>"
    entry = replace(edition.entries[0], title="", summary=summary, content=content, foot=foot)
    documents = {suffix: form.render(replace(edition, entries=(entry,))) for suffix, form in FORMATS.items()}
    [item] = json.loads(documents["json"])["items"]
    assert item["content_html"] == (content or summary) + foot
    assert "Sumber" not in item["title"] + item.get("summary", "")
    for suffix in ("rss", "atom"):
        [read] = feedparser.parse(documents[suffix]).entries
        assert "Sumber" not in read.title
        assert [text.value for text in read.get("content", ())] in ([], [(content or summary) + foot])
        assert documents[suffix].decode().count("Sumber: Antara") == 1


def test_a_link_that_credits_a_copy_is_given_once(edition: Edition) -> None:
    first = edition.entries[0]
    assert first.via
    again = (Link(rel=Rel.VIA, url=first.via[0].link), Link(rel=Rel.VIA, url=first.source.feed_url))
    other = Link(rel=Rel.RELATED, url=first.via[0].link)
    [ready] = printable(replace(edition, entries=(replace(first, links=(*again, other)),))).entries
    assert ready.links == (other,)


@pytest.mark.parametrize(
    ("role", "attributes"),
    [
        ("", {}),
        ("photographer", {"role": "photographer"}),
        ("tukang foto", {"role": "tukang foto", "scheme": "urn:x-source"}),
    ],
)
def test_a_role_that_the_ebu_does_not_know_is_said_to_be_of_another_scheme(
    edition: Edition, role: str, attributes: dict[str, str]
) -> None:
    file = Enclosure(
        url="https://x.example/a.jpg", enclosed=False, credits=(Contributor(name="Ani", role=role),)
    )
    shown = replace(edition.entries[0], enclosures=(file,))
    for suffix in ("rss", "atom"):
        read = ET.fromstring(FORMATS[suffix].render(replace(edition, entries=(shown,))))  # noqa: S314 - ours
        [credit] = read.iter("{http://search.yahoo.com/mrss/}credit")
        assert (credit.text, credit.attrib) == ("Ani", attributes)


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_an_original_with_an_id_alone_is_told_where_an_id_is_enough(suffix: str, edition: Edition) -> None:
    entry = replace(edition.entries[0], original=Original(title="Asal", id="urn:isbn:2"))
    (found,) = feedparser.parse(FORMATS[suffix].render(replace(edition, entries=(entry,)))).entries
    if suffix == "atom":
        assert (found.source.id, found.source.title) == ("urn:isbn:2", "Asal")
        assert found.source.updated == "2024-11-20T09:15:00+00:00"
    else:
        assert found.source.href == entry.source.feed_url


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_a_file_that_lost_its_group_stands_alone(suffix: str, edition: Edition) -> None:
    files = (Enclosure(url="https://x.example/a", group=1), Enclosure(url="https://x.example/b", group=2))
    entry = replace(edition.entries[0], enclosures=files)
    body = FORMATS[suffix].render(replace(edition, entries=(entry,)))
    assert b"media:group" not in body
    assert body.count(b"<media:content") == 2


@pytest.mark.parametrize("suffix", ["rss", "atom"])
def test_readers_take_no_words_about_a_file_for_the_content(suffix: str, edition: Edition) -> None:
    file = Enclosure(url="https://x.example/v.mp4", description="Rekaman")
    entry = replace(edition.entries[1], enclosures=(file,))
    (found,) = feedparser.parse(FORMATS[suffix].render(replace(edition, entries=(entry,)))).entries
    assert found.summary == entry.summary
    assert [content.value for content in found.content] == [entry.summary]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Kapal & gudang", "Kapal & gudang"),
        ("R&D", "R&D"),
        ("3 < 5", "3 < 5"),
        ("<b>Kapal</b>", "Kapal"),
        ("Kapal &amp;amp; gudang", "Kapal & gudang"),
        ("A&image", "A& image"),
        ("Sari <sari@x.example>", "Sari sari@x.example"),
    ],
)
def test_a_name_is_plain(words: str, expected: str) -> None:
    assert worded(words) == expected


def test_what_is_none_is_left_out(edition: Edition) -> None:
    entry = replace(
        edition.entries[0],
        authors=(
            Person(name="Sari <sari@x.example>", url="sari"),
            Person(name="Budi", email="di mana saja"),
            Person(name="Budi"),
        ),
        categories=(Label(term="a", scheme="b"), Label(term="a"), Label(term="", label="c")),
        enclosures=(
            Enclosure(url="https://x.example/a", type="foo", length=-1),
            Enclosure(url="https://x.example/a", type="audio/mpeg"),
            Enclosure(url="b"),
        ),
        language="id_ID",
    )
    ready = printable_entry(entry, "id")
    assert ready.authors == (Person(name="Sari", email="sari@x.example"), Person(name="Budi"))
    assert ready.categories == (Label(term="a", label="a"), Label(term="c", label="c"))
    assert ready.enclosures == (Enclosure(url="https://x.example/a"),)
    assert ready.language == "id-ID"


def test_an_entry_that_is_fit_is_not_made_anew(edition: Edition) -> None:
    for entry in edition.entries:
        ready = printable_entry(entry, "id")
        assert printable_entry(ready, "id") is ready


@pytest.mark.parametrize("odd", ["satu\ndua\x01", "satu\ndua\ufffd"])
def test_what_is_odd_is_found_in_a_text_of_several_lines(odd: str) -> None:
    assert clean(odd) in {"satu\ndua", "satu\ndua?"}
    assert clean("satu\ndua\n") == "satu\ndua\n"


# How fast a busy machine is (the first example also loads feedgen) is no property of the bytes.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

any_text = st.text(
    st.one_of(st.characters(), st.sampled_from("\x00\x0b\r\n\ud800\udfff\ufffe\uffff]>&<\"'")), max_size=12
)
words = st.one_of(any_text, st.sampled_from(list(HOSTILE.values())))
instants = st.datetimes(timezones=st.just(UTC))
credits_ = st.builds(Credit, id=words, title=words, feed_url=words, home=words, link=words, updated=instants)
people = st.builds(Person, name=words, email=words, url=words)
labels = st.builds(Label, term=words, label=words, scheme=words)
numbers = st.none() | st.integers(min_value=0)


contributors = st.builds(Contributor, name=words, role=words)
files = st.builds(
    Enclosure,
    url=words,
    type=words,
    length=numbers,
    enclosed=st.booleans(),
    width=numbers,
    title=words,
    description=words,
    credits=few(contributors),
    thumbnail=words,
    group=st.integers(0, 2),
)
tags = st.builds(
    PodcastTag,
    name=st.sampled_from(["person", "alternateEnclosure"]) | words,
    text=words,
    attributes=few(st.tuples(st.sampled_from(["href", "aspect-ratio"]) | words, words)),
    inside=few(st.builds(PodcastTag, name=st.just("source") | words, text=words)),
)
entries = st.builds(
    Entry,
    id=any_text.map("tag:kabar.example.id,2024:".__add__),
    page=any_text.map("https://kabar.example.id/items/".__add__),
    title=words,
    link=words,
    summary=words,
    content=words,
    published=instants,
    updated=instants,
    authors=few(people),
    categories=few(labels),
    enclosures=few(files),
    image=words,
    language=words,
    comments=words,
    rights=words,
    comments_count=numbers,
    links=few(st.builds(Link, rel=st.sampled_from(Rel), url=words, title=words)),
    original=st.none() | st.builds(Original, title=words, feed_url=words, home=words, id=words),
    point=st.none()
    | st.builds(Point, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180), name=words),
    episode=st.none() | st.builds(Episode, title=words, subtitle=words, duration=numbers, image=words),
    podcast=few(tags),
    dates=provenances(words),
    source=credits_,
    via=few(credits_),
).map(lambda entry: replace(entry, updated=max(entry.published, entry.updated)))
editions = st.builds(
    Edition,
    site=st.builds(
        Site,
        title=words,
        base_url=st.just("https://kabar.example.id"),
        language=words,
        tag_date=st.just("2024-01-01"),
    ),
    feed=st.builds(
        Feed,
        name=st.just("logistik"),
        title=words,
        description=words,
        sources=st.just(()),
        limit=st.just(50),
        page=any_text.map("/".__add__),
    ),
    id=any_text.map("tag:kabar.example.id,2024:".__add__),
    updated=instants,
    entries=st.lists(entries, max_size=3, unique_by=lambda entry: clean(entry.id)).map(tuple),
)


@unhurried
@given(edition=editions)
def test_any_text_in_any_field_is_published_with_all_entries(
    edition: Edition, valid: Callable[[str, bytes], list[str]]
) -> None:
    """Whatever sources write, every format is well-formed and complete, and rendering is repeatable."""
    for suffix, found in FORMATS.items():
        body = found.render(edition)
        assert valid(suffix, body) == [clean(entry.id) for entry in edition.entries]
        assert found.render(edition) == body


@unhurried
@given(title=words, name=words, at=instants)
def test_any_text_in_the_list_of_feeds(title: str, name: str, at: datetime) -> None:
    site = Site(title=title, base_url="https://kabar.example.id", language="id", tag_date="2024-01-01")
    feed = Feed(name=name, title=title, description="", sources=(), limit=1, page="/")
    document = ET.fromstring(opml(site, [feed, feed], changed_at=at))  # noqa: S314 - of our own making
    outlines = document.findall("body/outline")
    assert len(outlines) == 2
    assert unescape(outlines[0].attrib["text"]) == (worded(clean(title)) or worded(clean(name)))
    head = unescape(document.findtext("head/title", ""))
    assert head.split() == (worded(clean(title)) or site.base_url).split()
