"""What goes wrong in documents: a whole answer comes, and what is in it is not what a feed should be."""

from __future__ import annotations

import gzip
import json
from itertools import chain, repeat

from tests.fetch.hostile import SECRET, Row, Visit, fails, feed, gives, head, said, unreadable

XML = "Content-Type: application/rss+xml"
GZIP = "Content-Encoding: gzip"
LONG = "longer than"
STOPPED = "processor time|attributes|nested|memory"  # it is not read to its end, and says why

LAUGHS = "".join(
    f"<!ENTITY lol{number} '{f'&lol{number - 1};' * 10}'>" if number else "<!ENTITY lol0 'lol'>"
    for number in range(10)
)
BLOWUP = f"<!DOCTYPE rss [<!ENTITY a '{'a' * 50_000}'>]>"


def item(name: str, inside: str) -> str:
    """Return an item beside the two good ones."""
    return f"<item><guid isPermaLink='false'>{name}-x</guid><title>x</title>{inside}</item>"


def with_item(name: str, inside: str, *, head: str = "") -> bytes:
    """Return an answer with two good items, and a third that has ``inside``."""
    return said(feed(name, extra=item(name, inside), head=head), XML)


def external(visit: Visit) -> bytes:
    """Ask for a file, for a document of ours and for a DTD."""
    name, base = "xxe", visit.base
    doctype = (
        f"<!DOCTYPE rss SYSTEM '{base}/taken.dtd' [<!ENTITY file SYSTEM 'file:///etc/passwd'>"
        f"<!ENTITY web SYSTEM '{base}/taken'><!ENTITY % more SYSTEM '{base}/taken.ent'> %more;]>"
    )
    if visit.path != "/":
        return said(SECRET)
    return with_item(name, "<description>&file; &web;</description>", head=doctype)


def included(visit: Visit) -> bytes:
    """Ask for a document of ours by XInclude and by a style sheet."""
    if visit.path != "/":
        return said(SECRET)
    link = f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{visit.base}/taken' parse='text'/>"
    style = f"<?xml-stylesheet type='text/xsl' href='{visit.base}/taken.xsl'?>"
    return with_item("xinclude", f"<description>{link}</description>", head=style)


def deep_json(name: str) -> str:
    start = {"version": "https://jsonfeed.org/version/1.1", "title": name, "items": []}
    return json.dumps(start)[:-2] + "[" * 100_000 + "]" * 100_000 + "]}"


def crowd(items: str) -> bytes:
    """Return an answer with these items, packed."""
    document = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    return said(gzip.compress(document, 1, mtime=0), GZIP)


def crowded(attribute: str, count: int) -> str:
    """Return a tag with many attributes, and a reference that makes the document ill-formed."""
    return f"<p {' '.join(attribute.format(number) for number in range(count))}/>&nbsp;"


def nulls(name: str) -> bytes:
    return feed(name).replace("<title>", "<title>\0").encode()


EMPTY = (
    Row("empty", "sends nothing", said(), unreadable("document is empty")),
    Row("spaces", "sends some spaces", said(" \r\n\t" * 99), unreadable("document is empty")),
    Row("spaces-20-mb", "sends 20 MB of spaces", lambda _: said(b" " * 20_000_000), fails(LONG)),
    Row("spaces-packed", "sends 9 MB of spaces in gzip",
        lambda _: said(gzip.compress(b" " * 9_000_000, mtime=0), GZIP),
        unreadable("document is empty")),
    Row("without-end", "sends a document without end",
        lambda _: chain([head(XML), b"<rss><channel>"], repeat(b"<item><title>more</title></item>" * 999)),
        fails(LONG)),
)  # fmt: skip

OTHERS = (
    Row("error-page", "sends an HTML page that says that all is well",
        said("<!doctype html><title>Maintenance</title><h1>We are back soon</h1>", "Content-Type: text/html"),
        unreadable("web page")),
    Row("error-in-words", "sends an error in plain text",
        said("Error establishing a database connection"), unreadable("neither a feed")),
    Row("json", "sends JSON that is no feed", said('{"error": "no such thing"}'), unreadable("no JSON Feed")),
    Row("json-list", "sends a list of numbers", said("[1, 2, 3]"), unreadable("JSON")),
    Row("json-deep", "nests JSON 100,000 lists deep", said(deep_json("json-deep")),
        unreadable("nested too deep")),
    Row("json-cut", "sends half of a JSON Feed", said('{"version": "https://jsonfeed.org/version/1.1", "it'),
        unreadable("no JSON")),
    Row("picture", "sends a picture", said(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 99),
        unreadable("neither a feed")),
    Row("program", "sends a program", said(b"\x7fELF" + bytes(50_000)), unreadable("neither a feed")),
    Row("archive", "sends a tar.gz", said(gzip.compress(b"x" * 999)), unreadable("compressed file")),
    Row("svg", "sends an SVG image with a script in it",
        said("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        unreadable("neither a feed")),
    Row("root-only", "sends <rss> and nothing more", said("<rss>", XML), gives(0)),
)  # fmt: skip

CHARSETS = (
    Row("utf-16-unmarked", "sends UTF-16 without a byte order mark",
        said(feed("utf-16-unmarked").encode("utf-16-le"), XML), gives()),
    Row("utf-16", "sends UTF-16 and says UTF-8",
        said(feed("utf-16").encode("utf-16"), f"{XML}; charset=utf-8"), gives()),
    Row("utf-32", "sends UTF-32", said(feed("utf-32").encode("utf-32"), XML), gives()),
    Row("latin-said-utf-8", "sends windows-1252 and says UTF-8",
        said(feed("latin-said-utf-8", "caf\xe9", "\x93quoted\x94").encode("latin-1"), XML), gives()),
    Row("charset-unknown", "says an encoding that does not exist",
        said(feed("charset-unknown", head="<?xml version='1.0' encoding='martian'?>"), XML), gives()),
    Row("charset-no-text", "says that its text is in base64",
        said(feed("charset-no-text", "k\xe9"), f"{XML}; charset=base64"), gives(1)),
    Row("charset-utf-7", "says UTF-7, and hides a script in it",
        said(feed("charset-utf-7", "+ADw-script+AD4-", "k\xe9"), f"{XML}; charset=utf-7"), gives()),
    Row("nul-characters", "puts zero bytes into its titles", said(nulls("nul-characters"), XML), gives()),
    Row("surrogates", "names half characters by number, and some that there are not",
        said(feed("surrogates", "a&#xD800;b", "a&#55357;&#0;&#xFFFFFFFFFF;&#x110000;b"), XML), gives()),
    Row("escape-codes", "puts terminal codes and directions into its titles",
        said(feed("escape-codes", "\x1b[31mred\x1b[0m", "\u202egnorw"), XML), gives()),
)  # fmt: skip

ENTITIES = (
    Row("billion-laughs", "defines an entity of 3 GB, as ten entities of ten",
        with_item("billion-laughs", "<description>&lol9;</description>", head=f"<!DOCTYPE rss [{LAUGHS}]>"),
        gives(3), nowhere="lollollol"),
    Row("quadratic-blowup", "names an entity of 50 KB 20,000 times",
        with_item("quadratic-blowup", f"<description>{'&a;' * 20_000}</description>", head=BLOWUP),
        gives(3), nowhere="a" * 1_000),
    Row("xxe", "defines entities of files and addresses, and has a DTD elsewhere",
        external, gives(3), never="taken", nowhere="root:"),
    Row("xinclude", "includes a document and a style sheet", included, gives(3), never="taken"),
)  # fmt: skip

TOO_MUCH = (
    Row("attributes-100-000", "has a tag with 100,000 attributes, and is not well-formed",
        lambda _: with_item("attributes-100-000", crowded("a{}=''", 100_000)),
        unreadable(STOPPED)),
    Row("namespaces-20-000", "declares 20,000 namespaces",
        lambda _: with_item("namespaces-20-000", crowded("xmlns:a{}='urn:a'", 20_000)),
        unreadable(STOPPED)),
    Row("nested-100-000", "nests 100,000 elements",
        with_item("nested-100-000", "<a>" * 100_000 + "</a>" * 100_000), gives(3)),
    Row("nested-html", "nests 50,000 elements in a description",
        with_item("nested-html", f"<description><![CDATA[{'<div>' * 50_000}]]></description>"), gives(3)),
    Row("tiny-items", "sends 150,000 tiny items, packed",
        lambda _: crowd("".join(f"<item><guid>{n}</guid><title>t{n}</title></item>" for n in range(150_000))),
        gives(5_000)),
    Row("empty-items", "sends a million items with nothing in them, packed",
        lambda _: crowd("<item/>" * 1_000_000), gives(0)),
    Row("title-of-9-mb", "sends a title of 9 MB", lambda _: said(feed("title-of-9-mb", "x" * 9_000_000), XML),
        gives(1)),
    Row("guid-of-a-megabyte", "sends a guid of a megabyte",
        said(feed("guid-of-a-megabyte", extra=f"<item><guid>{'g' * 1_000_000}</guid><title>x</title></item>"),
             XML),
        gives(3)),
    Row("categories-10-000", "gives an item 10,000 categories",
        with_item("categories-10-000", "".join(f"<category>c{n}</category>" for n in range(10_000))),
        gives(3)),
    Row("authors-10-000", "gives an item 10,000 authors",
        with_item("authors-10-000", "".join(
            f"<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>a{n}</dc:creator>"
            for n in range(10_000))), gives(3)),
    Row("enclosures-10-000", "encloses 10,000 files with an item",
        with_item("enclosures-10-000", "".join(
            f"<enclosure url='https://a.example.id/{n}' type='image/png'/>" for n in range(10_000))),
        gives(3)),
    Row("long-names", "names elements and attributes with 100 KB each",
        with_item("long-names", f"<{'a' * 100_000} {'b' * 100_000}='1'/>"), gives(3)),
    Row("comments-9-mb", "begins with a comment of 9 MB",
        lambda _: said(feed("comments-9-mb", head=f"<!--{'-x' * 4_500_000}-->"), XML),
        unreadable("neither a feed")),
    Row("brackets", "opens a million brackets in a description",
        with_item("brackets", f"<description><![CDATA[{'<' * 1_000_000}]]></description>"), gives(3)),
)  # fmt: skip

ITEMS = (
    Row("item-empty", "has an item without anything", said(feed("item-empty", extra="<item/>"), XML),
        gives()),
    Row("one-guid", "gives all its items one guid",
        said(feed("one-guid", count=0, extra="<item><guid>one</guid><title>One</title></item>" * 9), XML),
        gives(1)),
    Row("year-99999", "dates an item in the year 99999",
        with_item("year-99999", "<pubDate>Fri, 31 Dec 99999 23:59:59 GMT</pubDate>"), gives(3)),
    Row("year-9999", "dates an item at the end of time, west of Greenwich",
        with_item("year-9999", "<pubDate>Fri, 31 Dec 9999 23:59:59 -1200</pubDate>"), gives(3)),
    Row("zone-of-a-year", "gives a date an offset of 9,999 hours",
        with_item("zone-of-a-year", "<pubDate>Wed, 20 Nov 2024 01:00:00 +999900</pubDate>"), gives(3)),
    Row("link-javascript", "links an item to a script",
        with_item("link-javascript", "<link>javascript:alert(1)</link>"), gives(3), nowhere="javascript:"),
    Row("link-file", "links an item to a file", with_item("link-file", "<link>file:///etc/passwd</link>"),
        gives(3), nowhere="file:///"),
    Row("title-script", "has a script in a title",
        said(feed("title-script", "&lt;script&gt;alert(1)&lt;/script&gt;x", "<b>&lt;img onerror=x&gt;</b>"),
             XML),
        gives()),
    Row("enclosure-length", "encloses a file of 10^30 bytes",
        with_item("enclosure-length", f"<enclosure url='https://a.example.id/' length='1{'0' * 30}'/>"),
        gives(3)),
    Row("cdata-without-end", "does not end a CDATA section",
        said(feed("cdata-without-end").replace("</channel></rss>", "<item><title><![CDATA[and so on"), XML),
        gives()),
    Row("item-cut", "ends in the middle of its second item, and says that this is all",
        said(feed("item-cut")[:-60], XML), gives(1)),
    Row("two-documents", "sends its document twice",
        said(feed("two-documents") * 2, XML), gives()),
    Row("php-warning", "begins with an error message of its own",
        said(f"Warning: Undefined index in /srv/feed.php on line 3\n{feed('php-warning')}", XML), gives()),
    Row("wrong-type", "says that its feed is a picture",
        said(feed("wrong-type"), "Content-Type: image/png"), gives()),
)  # fmt: skip

DOCUMENTS = (*EMPTY, *OTHERS, *CHARSETS, *ENTITIES, *TOO_MUCH, *ITEMS)
