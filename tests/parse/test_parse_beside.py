"""What items bring beside the news: numbers, places and tags that mean something, in decent amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from feedparser import api

from aggregator.model.item import Episode, Original, Point
from aggregator.parse import media, podcast, recorder
from aggregator.parse.names import RECORDED
from aggregator.parse.syndication import parse, quick
from aggregator.parse.vocabulary import ENTRY

if TYPE_CHECKING:
    from aggregator.model.item import ParsedItem

URL = "https://kabar.example.id/feed/"
SPACES = {
    "media": "http://search.yahoo.com/mrss/",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "georss": "http://www.georss.org/georss",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "atom": "http://www.w3.org/2005/Atom",
}


def document(inside: str, before: str = "") -> bytes:
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
    item = f"<item><guid>1</guid>{inside}</item>"
    return f'<rss version="2.0"{spaces}><channel>{before}{item}</channel></rss>'.encode()


def read(inside: str) -> ParsedItem:
    """Return the item, read the quick way or, where that declines, the patient one."""
    return parse(document(inside), url=URL, content_type="").items[0]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("3723", 3723),
        ("1:02:03", 3723),
        ("01:02:03", 3723),
        ("62:03", 3723),
        (" 3723.9 ", 3723),
        ("1:02:03.5", 3723),
        ("0", None),
        ("", None),
        ("-1", None),
        ("1:2:3:4", None),
        ("satu jam", None),
        ("10000001", None),
        ("99999999999999999999", None),
        ("१:०२:०३", None),
    ],
)
def test_a_time_to_play(text: str, length: int | None) -> None:
    assert podcast.seconds(text) == length
    told = read(f"<itunes:duration>{text}</itunes:duration>").episode
    assert told == (Episode(duration=length) if length else None)


@pytest.mark.parametrize(
    ("text", "explicit"),
    [
        ("yes", True), ("true", True), ("Explicit", True), ("no", False), ("false", False), ("clean", False),
        ("maybe", None), ("", None),
    ],
)  # fmt: skip
def test_explicit(text: str, explicit: bool | None) -> None:  # noqa: FBT001 - what is expected
    told = read(f"<itunes:explicit>{text}</itunes:explicit>").episode
    assert told == (None if explicit is None else Episode(explicit=explicit))


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        pytest.param("<georss:point>45.256 -71.92</georss:point>", (45.256, -71.92), id="simple"),
        pytest.param("<georss:point>45.256,-71.92</georss:point>", (45.256, -71.92), id="a comma"),
        pytest.param("<georss:point>-90 +180</georss:point>", (-90, 180), id="the ends"),
        pytest.param("<georss:point>1.123456789 2</georss:point>", (1.1234568, 2), id="a centimetre"),
        pytest.param("<geo:lat>1.5</geo:lat><geo:long>2.5</geo:long>", (1.5, 2.5), id="W3C"),
        pytest.param("<geo:Point><geo:lat>1</geo:lat><geo:long>2</geo:long></geo:Point>", (1, 2), id="RDF"),
        pytest.param(
            "<georss:point>91 0</georss:point><geo:lat>1</geo:lat><geo:long>2</geo:long>", (1, 2), id="next"
        ),
        pytest.param("<georss:point>0 181</georss:point>", None, id="beyond"),
        pytest.param("<georss:point>nan inf</georss:point>", None, id="no numbers"),
        pytest.param("<georss:point>1e1 2_0</georss:point>", None, id="Python's numbers"),
        pytest.param("<georss:point>1 2 3 4</georss:point>", None, id="a line"),
        pytest.param("<geo:lat>1</geo:lat>", None, id="half"),
        pytest.param("<georss:line>1 2 3 4</georss:line>", None, id="a path"),
    ],
)
def test_a_place(inside: str, place: tuple[float, float] | None) -> None:
    assert read(inside).point == (Point(latitude=place[0], longitude=place[1]) if place else None)


@pytest.mark.parametrize(
    ("inside", "count"),
    [
        ("<slash:comments>0</slash:comments>", 0),
        ("<slash:comments> 12 </slash:comments><thr:total>13</thr:total>", 12),
        ("<thr:total>13</thr:total>", 13),
        ("<atom:link rel='replies' thr:count='14' href='https://k.id/1'/>", 14),
        ("<slash:comments>x</slash:comments><thr:total>13</thr:total>", 13),
        ("<slash:comments>-1</slash:comments>", None),
        ("<slash:comments>9999999999</slash:comments>", None),
        ("<slash:comments a='1'>12</slash:comments>", None),
        ("<atom:link rel='related' thr:count='14' href='https://k.id/1'/>", None),
    ],
)
def test_how_many_comments(inside: str, count: int | None) -> None:
    assert read(inside).comments_count == count


@pytest.mark.parametrize(
    ("inside", "comments"),
    [
        (
            "<comments>https://k.id/1#c</comments><atom:link rel='replies' href='https://k.id/2'/>",
            "https://k.id/1#c",
        ),
        ("<atom:link rel='replies' href='/1#c'/>", "https://kabar.example.id/1#c"),
        ("<atom:link rel='replies' type='application/atom+xml' href='https://k.id/1'/>", ""),
        ("<atom:link rel='replies' href='javascript:alert(1)'/>", ""),
    ],
)
def test_where_comments_are(inside: str, comments: str) -> None:
    assert read(inside).comments == comments


@pytest.mark.parametrize(
    ("inside", "original"),
    [
        ("<source url='https://asal.id/rss'/>", Original(feed_url="https://asal.id/rss")),
        ("<source>Asal</source>", Original(title="Asal")),
        ("<source url='javascript:alert(1)'>Asal</source>", Original(title="Asal")),
        (
            "<source><title>A &lt;b&gt;</title><link>x</link><link href='/x' rel='self'/></source>",
            Original(title="A", feed_url="https://kabar.example.id/x"),
        ),
        ("<source/><source url='https://asal.id/rss'/>", None),
    ],
)
def test_the_feed_that_a_source_has_it_from(inside: str, original: Original | None) -> None:
    assert read(inside).original == original


def test_so_many_tags_are_kept_and_no_more() -> None:
    recipients = "<podcast:valueRecipient address='a'/>" * 200
    item = read(
        "<podcast:person>Ani</podcast:person>" * 200 + f"<podcast:value type='x'>{recipients}</podcast:value>"
    )
    assert len(item.podcast) == podcast.MOST
    (value,) = read(f"<podcast:value type='x'>{recipients}</podcast:value>").podcast
    assert len(value.inside) == podcast.MOST


def test_texts_are_plain_short_and_printable() -> None:
    item = read(
        f"<podcast:person role='a&#10;b'>  Ani  {'x' * 2_000}</podcast:person>"
        f"<media:content url='https://k.id/v.mp4'><media:credit>{'y' * 2_000}</media:credit>"
        f"<media:description>{'kata ' * 2_000}</media:description></media:content>"
    )
    (person,), (file,) = item.podcast, item.enclosures
    assert (person.attributes, len(person.text)) == ((("role", "a b"),), 1_000)
    assert len(file.credits[0].name) == 1_000
    assert len(file.description) == media.DESCRIPTION_MAX


def test_so_many_had_a_part_in_a_file_and_no_more() -> None:
    named = "".join(f"<media:credit>Orang {number}</media:credit>" for number in range(50))
    (file,) = read(f"<media:content url='https://k.id/v.mp4'>{named}{named}</media:content>").enclosures
    assert len(file.credits) == media.CREDITS_MAX


def test_who_had_a_part_in_all_files_had_one_in_an_enclosure() -> None:
    (file,) = read(
        "<enclosure url='https://k.id/a.mp3'/><media:credit role='x'>Ani</media:credit>"
    ).enclosures
    assert [(one.name, one.role) for one in file.credits] == [("Ani", "x")]


def test_what_lies_in_a_strange_element_is_not_the_items() -> None:
    item = read("<wadah><podcast:person>Ani</podcast:person></wadah>")
    assert item.podcast == ()


def test_what_is_of_the_feed_is_not_the_items() -> None:
    place = "<geo:lat>1</geo:lat><geo:long>2</geo:long>"
    channel = f"<podcast:person>Ani</podcast:person>{place}<itunes:season>1</itunes:season>"
    body = document("", channel)
    found = quick(body, url=URL, content_type="")
    assert found
    assert found.items == parse(body, url=URL, content_type="").items
    assert (found.items[0].podcast, found.items[0].point, found.items[0].episode) == ((), None, None)


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param("<media:description type='xhtml'>a</media:description>", id="XHTML"),
        pytest.param("<podcast:person type='xhtml'>a &amp; b</podcast:person>", id="XHTML elsewhere"),
        pytest.param("<podcast:person x:role='a' xmlns:x='https://x.id/'/>", id="a strange attribute"),
        pytest.param("<x><slash:comments>1</slash:comments></x>", id="a count inside what has no meaning"),
        pytest.param("<podcast:person xmlns:podcast='https://x.id/'>x</podcast:person>", id="a false prefix"),
    ],
)  # fmt: skip
def test_what_is_odd_is_left_to_the_patient_way(inside: str) -> None:
    assert quick(document(inside), url=URL, content_type="") is None
    assert read(inside).id == "1"


def test_a_feed_that_is_no_xml_keeps_what_it_has() -> None:
    item = read(
        "<title>A & B</title><podcast:person role='x &amp; y'>Ani &amp; &#66;udi &lt;</podcast:person>"
        "<description><p>Tak terbungkus<br></description><podcast:transcript url='https://k.id/1.srt'/>"
    )
    person, transcript = item.podcast
    assert (person.text, dict(person.attributes)) == ("Ani & Budi <", {"role": "x & y"})
    assert transcript.name == "transcript"


def test_feedparser_is_taught_once() -> None:
    taught = api.StrictFeedParser
    recorder.teach()
    assert api.StrictFeedParser is taught


def test_all_that_is_recorded_is_recorded_the_quick_way_too() -> None:
    assert ENTRY.keys() >= RECORDED


MANY = 30_000
HOSTILE = {
    "files": "<media:content url='https://k.id/{n}'/>" * MANY,
    "files and credits": "<media:content url='https://k.id/{n}'/><media:credit>{n}</media:credit>"
    * (MANY // 2),
    "a group": "<media:group>" + "<media:content url='https://k.id/{n}'/>" * MANY + "</media:group>",
    "groups in groups": "<media:group>" * 5_000 + "</media:group>" * 5_000,
    "files in files": "<media:content url='https://k.id/'>" * 5_000 + "</media:content>" * 5_000,
    "places in places": "<georss:where>" * 5_000 + "</georss:where>" * 5_000,
    "values in values": "<podcast:value type='x'>" * 5_000 + "</podcast:value>" * 5_000,
    "persons": "<podcast:person>{n}</podcast:person>" * MANY,
    "sources": "<source url='https://k.id/{n}'>{n}</source>" * MANY,
    "numbers": "<georss:point>" + "1" * 500_000 + " " + "1" * 500_000 + "</georss:point>",
    "a long time": "<itunes:duration>" + "1:" * 500_000 + "</itunes:duration>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_too_much_of_it_is_read_and_most_is_left(name: str) -> None:
    pieces = HOSTILE[name].split("{n}")
    inside = "".join(f"{piece}{number}" for number, piece in enumerate(pieces))
    item = read(inside)  # all work on it is linear; were it quadratic, this would take minutes
    assert max(len(item.enclosures), len(item.podcast)) <= 100
