"""Render the sample newsroom's documents: RSS 2.0, Atom 1.0, JSON Feed 1.1 and an HTML listing.

They look like what portals really send, with the habits that make collecting hard: dates in WIB
without an offset, local time labelled as UTC, and a listing that says only "2 hours ago".

Pure: the same stories at the same instant give the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING

from aggregator.demo.newsroom import WIB, Section
from aggregator.demo.pages import image, image_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.demo.newsroom import Story

IMAGE_TYPE = "image/svg+xml"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "atom": "http://www.w3.org/2005/Atom",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
    }.items()
)
UNITS = (  # seconds, and their names in WordPress' two languages
    (604800, "week", "minggu"),
    (86400, "day", "hari"),
    (3600, "hour", "jam"),
    (60, "min", "menit"),
    (1, "second", "detik"),
)


class Stamp(StrEnum):
    """How an RSS document writes its dates."""

    WIB = "wib"  #: ``Wed, 20 Nov 2024 14:30:00 WIB``
    OFFSET = "offset"  #: ``Wed, 20 Nov 2024 14:30:00 +0700``
    GMT = "gmt"  #: ``Wed, 20 Nov 2024 07:30:00 GMT``
    MISLABELLED = "mislabelled"  #: local time that claims to be UTC: ``Wed, 20 Nov 2024 14:30:00 +0000``


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A document of the newsroom: whose stories, where, and in what dress."""

    section: Section
    path: str
    title: str
    description: str
    ids: str  #: what stands before a story's number in its id; does not depend on host or port
    stamp: Stamp = Stamp.OFFSET

    def link(self, story: Story, base: str) -> str:
        """Return the address under which this channel offers ``story``."""
        if self.section is Section.WIRE:
            return f"{base}{story.path}?utm_source=kawat-mitra&utm_medium=rss&utm_campaign=jaringan"
        return base + story.path


def rss(channel: Channel, stories: Sequence[Story], *, base: str, changed_at: datetime) -> bytes:
    """Return an RSS 2.0 document as WordPress writes it."""
    items = "".join(_rss_item(channel, story, base) for story in stories)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" {NAMESPACES}>
<channel>
<title>{escape(channel.title)}</title>
<atom:link href="{base}{channel.path}" rel="self" type="application/rss+xml"/>
<link>{base}/</link>
<description>{escape(channel.description)}</description>
<lastBuildDate>{_rfc822(changed_at, channel.stamp)}</lastBuildDate>
<language>id-ID</language>
<image><url>{base}/gambar/logo.svg</url><title>{escape(channel.title)}</title><link>{base}/</link></image>
{items}</channel>
</rss>
""".encode()


def _rss_item(channel: Channel, story: Story, base: str) -> str:
    text, link, picture = story.text, channel.link(story, base), image(story.number)
    categories = "".join(f"<category>{_cdata(tag)}</category>" for tag in text.tags)
    return f"""<item>
<title>{escape(text.title)}</title>
<link>{escape(link)}</link>
<comments>{base}{story.path}#comments</comments>
<dc:creator>{_cdata(text.author)}</dc:creator>
<pubDate>{_rfc822(story.published, channel.stamp)}</pubDate>
{categories}
<guid isPermaLink="false">{escape(channel.ids)}{story.number}</guid>
<description>{_cdata(f"<p>{escape(text.lead)}</p>")}</description>
<content:encoded>{_cdata(_body(story, base))}</content:encoded>
<slash:comments>{len(text.remarks)}</slash:comments>
<enclosure url="{base}{image_path(story.number)}" length="{len(picture)}" type="{IMAGE_TYPE}"/>
</item>
"""


def atom(channel: Channel, stories: Sequence[Story], *, base: str, changed_at: datetime) -> bytes:
    """Return an Atom 1.0 document (RFC 4287) with local offsets and ``updated`` dates that mean it."""
    entries = "".join(_atom_entry(channel, story, base) for story in stories)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="id">
<title>{escape(channel.title)}</title>
<subtitle>{escape(channel.description)}</subtitle>
<id>{escape(channel.ids)}feed</id>
<updated>{_iso(changed_at)}</updated>
<link rel="self" type="application/atom+xml" href="{base}{channel.path}"/>
<link rel="alternate" type="text/html" href="{base}/"/>
<author><name>{escape(channel.title)}</name></author>
{entries}</feed>
""".encode()


def _atom_entry(channel: Channel, story: Story, base: str) -> str:
    text, picture = story.text, image(story.number)
    categories = "".join(f'<category term="{escape(tag)}"/>' for tag in text.tags)
    return f"""<entry xml:lang="{text.language}">
<title>{escape(text.title)}</title>
<id>{escape(channel.ids)}{story.number}</id>
<link rel="alternate" type="text/html" href="{channel.link(story, base)}"/>
<link rel="enclosure" type="{IMAGE_TYPE}" length="{len(picture)}" href="{base}{image_path(story.number)}"/>
<published>{_iso(story.published)}</published>
<updated>{_iso(story.updated)}</updated>
<author><name>{escape(text.author)}</name></author>
{categories}
<summary>{escape(text.lead)}</summary>
<content type="html">{escape(_body(story, base))}</content>
</entry>
"""


def json_feed(channel: Channel, stories: Sequence[Story], *, base: str) -> bytes:
    """Return a JSON Feed 1.1 document. Its ids are bare numbers, as many sites have them."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": f"{base}/",
        "feed_url": base + channel.path,
        "description": channel.description,
        "language": "id",
        "items": [
            {
                "id": f"{channel.ids}{story.number}",
                "url": channel.link(story, base),
                "title": story.text.title,
                "summary": story.text.lead,
                "content_html": _body(story, base),
                "image": base + image_path(story.number),
                "date_published": _iso(story.published),
                "date_modified": _iso(story.updated),
                "authors": [{"name": story.text.author}],
                "tags": list(story.text.tags),
                "language": story.text.language,
                "attachments": [
                    {
                        "url": base + image_path(story.number),
                        "mime_type": IMAGE_TYPE,
                        "size_in_bytes": len(image(story.number)),
                    }
                ],
            }
            for story in stories
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def listing(channel: Channel, stories: Sequence[Story], *, base: str, now: datetime) -> bytes:
    """Return a listing page in WordPress markup. Its only dates are ages, and they grow."""
    items = "".join(_listed(channel, story, base, now) for story in stories)
    return f"""<!DOCTYPE html>
<html lang="id">
<head><meta charset="utf-8"><title>{escape(channel.title)}</title>
<meta name="description" content="{escape(channel.description)}">
<meta name="viewport" content="width=device-width">
<style>body{{font-family:sans-serif;max-width:50rem;margin:auto}}
li{{margin:1.5rem 0}}img{{width:12rem}}</style>
</head>
<body>
<h1 class="mvp-feat1-pop-head">Logistik</h1>
<ul class="mvp-blog-story-list left relative infinite-content">
{items}</ul>
<div class="mvp-widget-feat2-side">
<ul><li><a href="/">Beranda</a></li><li><a href="#">Kontak</a></li></ul></div>
</body>
</html>
""".encode()


def _listed(channel: Channel, story: Story, base: str, now: datetime) -> str:
    picture = f'<img src="{base}{image_path(story.number)}" class="mvp-reg-img wp-post-image" alt="">'
    return f"""<li class="mvp-blog-story-wrap left relative infinite-post">
<a href="{channel.link(story, base)}" rel="bookmark">
<div class="mvp-blog-story-img left relative">{picture}</div>
<div class="mvp-blog-story-in"><div class="mvp-cat-date-wrap left relative">\
<span class="mvp-cd-cat left relative">Logistik</span>\
<span class="mvp-cd-date left relative">{age(story, now)}</span></div>
<h2>{escape(story.text.title)}</h2>
<p>{escape(story.text.lead)}</p></div>
</a>
</li>
"""


def age(story: Story, now: datetime) -> str:
    """Return how old ``story`` is, rounded as WordPress' ``human_time_diff`` does it.

    Half of the stories say it in English and half in Indonesian, as on a portal whose theme was
    translated in part; a story keeps its language.
    """
    seconds = int((now - story.published).total_seconds())
    length, english, indonesian = next((unit for unit in UNITS if seconds >= unit[0]), UNITS[-1])
    count = max((2 * seconds + length) // (2 * length), 1)  # PHP rounds a half up
    if story.number // 20 % 2:
        return f"{count} {indonesian} yang lalu"
    return f"{count} {english}{'s' if count > 1 else ''} ago"


def _body(story: Story, base: str) -> str:
    """Return a story's full text as HTML."""
    parts = [f'<p><img src="{base}{image_path(story.number)}" alt="" width="640" height="360"></p>']
    parts += (f"<p>{escape(paragraph)}</p>" for paragraph in (story.text.lead, *story.text.paragraphs))
    return "\n".join(parts)


def _cdata(markup: str) -> str:
    return "<![CDATA[" + markup.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _iso(at: datetime) -> str:
    return at.astimezone(WIB).isoformat(timespec="seconds")


def _rfc822(at: datetime, stamp: Stamp) -> str:
    """Return ``at`` as an RSS date, in the channel's manner."""
    local = at.astimezone(WIB)
    match stamp:
        case Stamp.WIB:
            return format_datetime(local).removesuffix("+0700") + "WIB"
        case Stamp.OFFSET:
            return format_datetime(local)
        case Stamp.GMT:
            return format_datetime(at.astimezone(UTC), usegmt=True)
        case Stamp.MISLABELLED:
            return format_datetime(local.replace(tzinfo=UTC))
