"""Items to bytes: RSS 2.0 as WordPress writes it, Atom, and RSS 1.0 (RDF).

Text by text, without a library: what is measured must not be what wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from benchmarks.fleet.prose import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A story in a feed."""

    story: Story
    link: str
    guid: str
    published: datetime  #: aware, in the zone that the feed writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed before it is written; its newest entry first."""

    title: str
    site: str  #: without a slash at the end
    entries: Sequence[Entry]


def rss(document: Document) -> str:
    """Return RSS 2.0 with the modules that WordPress uses."""
    site, title = document.site, escape(document.title)
    newest = format_datetime(document.entries[0].published)
    items = "".join(map(_rss_item, document.entries))
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
\txmlns:content="http://purl.org/rss/1.0/modules/content/"
\txmlns:wfw="http://wellformedweb.org/CommentAPI/"
\txmlns:dc="http://purl.org/dc/elements/1.1/"
\txmlns:atom="http://www.w3.org/2005/Atom"
\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
\txmlns:slash="http://purl.org/rss/1.0/modules/slash/"
\t>

<channel>
\t<title>{title}</title>
\t<atom:link href="{site}/feed/" rel="self" type="application/rss+xml" />
\t<link>{site}</link>
\t<description>{title}</description>
\t<lastBuildDate>{newest}</lastBuildDate>
\t<language>id</language>
\t<sy:updatePeriod>
\thourly\t</sy:updatePeriod>
\t<sy:updateFrequency>
\t1\t</sy:updateFrequency>
\t<generator>https://wordpress.org/?v=6.8.3</generator>
{items}\t</channel>
</rss>
"""


def _rss_item(entry: Entry) -> str:
    story = entry.story
    sections = "".join(f"\t\t<category><![CDATA[{each}]]></category>\n" for each in story.sections)
    picture = (
        f'\t\t<enclosure url="{entry.link}foto.jpg" length="{story.enclosure_bytes}" type="image/jpeg" />\n'
        if story.enclosure_bytes
        else ""
    )
    return f"""\t<item>
\t\t<title>{escape(story.title)}</title>
\t\t<link>{entry.link}</link>
\t\t<comments>{entry.link}#respond</comments>
\t\t<dc:creator><![CDATA[{story.author}]]></dc:creator>
\t\t<pubDate>{format_datetime(entry.published)}</pubDate>
{sections}\t\t<guid isPermaLink="false">{entry.guid}</guid>
\t\t<description><![CDATA[<p>{story.summary} [&#8230;]</p>]]></description>
\t\t<content:encoded><![CDATA[{story.content}]]></content:encoded>
\t\t<wfw:commentRss>{entry.link}feed/</wfw:commentRss>
\t\t<slash:comments>0</slash:comments>
{picture}\t</item>
"""


def atom(document: Document) -> str:
    """Return Atom (RFC 4287)."""
    site = document.site
    entries = "".join(map(_atom_entry, document.entries))
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="id">
  <title type="text">{escape(document.title)}</title>
  <id>{site}/</id>
  <updated>{document.entries[0].published.isoformat()}</updated>
  <link rel="alternate" type="text/html" href="{site}/" />
  <link rel="self" type="application/atom+xml" href="{site}/feed/" />
{entries}</feed>
"""


def _atom_entry(entry: Entry) -> str:
    story, at = entry.story, entry.published.isoformat()
    sections = "".join(f'    <category term="{each}" />\n' for each in story.sections)
    picture = (
        f'    <link rel="enclosure" type="image/jpeg" length="{story.enclosure_bytes}" '
        f'href="{entry.link}foto.jpg" />\n'
        if story.enclosure_bytes
        else ""
    )
    return f"""  <entry>
    <title type="text">{escape(story.title)}</title>
    <link rel="alternate" type="text/html" href="{entry.link}" />
    <id>{entry.guid}</id>
    <published>{at}</published>
    <updated>{at}</updated>
    <author><name>{story.author}</name></author>
{sections}{picture}    <summary type="text">{escape(story.summary)}</summary>
    <content type="html">{escape(story.content, quote=False)}</content>
  </entry>
"""


def rdf(document: Document) -> str:
    """Return RSS 1.0 with Dublin Core and content."""
    site = document.site
    listed = "".join(f'    <rdf:li rdf:resource="{entry.link}" />\n' for entry in document.entries)
    items = "".join(map(_rdf_item, document.entries))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel rdf:about="{site}/feed/">
  <title>{escape(document.title)}</title>
  <link>{site}/</link>
  <description>{escape(document.title)}</description>
  <dc:date>{document.entries[0].published.isoformat()}</dc:date>
  <items><rdf:Seq>
{listed}  </rdf:Seq></items>
</channel>
{items}</rdf:RDF>
"""


def _rdf_item(entry: Entry) -> str:
    story = entry.story
    subjects = "".join(f"  <dc:subject>{each}</dc:subject>\n" for each in story.sections)
    return f"""<item rdf:about="{entry.link}">
  <title>{escape(story.title)}</title>
  <link>{entry.link}</link>
  <dc:creator>{story.author}</dc:creator>
  <dc:date>{entry.published.isoformat()}</dc:date>
{subjects}  <description>{escape(story.summary)}</description>
  <content:encoded><![CDATA[{story.content}]]></content:encoded>
</item>
"""


WRITERS: Mapping[str, Callable[[Document], str]] = {"rss": rss, "atom": atom, "rdf": rdf}

#: Faults of real feeds that make a document ill-formed and take nothing from it, as (text, its replacement).
FAULTS = (
    ("</title>", " Ekspor & Impor</title>"),  # a title that was never escaped
    ("<guid", "<source>Kantor&nbsp;Berita</source>\n\t\t<guid"),  # HTML's entities are not XML's
    ("</link>", "?utm_source=rss&utm_medium=feed</link>"),  # nor was an address
    ("</dc:creator>", "</dc:creator>\n\t\t<dc:rights>&copy; Redaksi</dc:rights>"),
)
