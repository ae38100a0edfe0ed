"""Render the sample newsroom's pages: articles, the front page, pictures.

Pure: the same stories at the same instant give the same bytes.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from aggregator.demo.newsroom import WIB

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aggregator.demo.newsroom import Story

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
STYLE = (
    "body{font:1.05rem/1.6 Georgia,serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "h1{line-height:1.2}img{max-width:100%;border-radius:4px}a{color:#0b5d8a}"
    "blockquote{margin:0 0 1rem;border-left:3px solid #ccc;padding-left:1rem}"
    ".meta,footer{color:#666;font-size:.9rem}"
)


def article(story: Story, *, base: str, age: str) -> bytes:
    """Return a story's page, with its dates in JSON-LD, in Open Graph and in words.

    Args:
        story: what to show.
        base: scheme, host and port of the newsroom.
        age: how old the story is, in words: "2 hours ago".
    """
    text, local = story.text, story.published.astimezone(WIB)
    published, updated = (
        at.astimezone(WIB).isoformat(timespec="seconds") for at in (story.published, story.updated)
    )
    linked = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": text.title,
        "datePublished": published,
        "dateModified": updated,
        "author": [{"@type": "Person", "name": text.author}],
        "image": [base + image_path(story.number)],
        "inLanguage": text.language,
        "mainEntityOfPage": base + story.path,
        "publisher": {"@type": "Organization", "name": "Ruang Berita Contoh"},
    }
    head = (
        f'<link rel="canonical" href="{base}{story.path}">'
        f'<meta property="article:published_time" content="{published}">'
        f'<meta property="article:modified_time" content="{updated}">'
        f'<script type="application/ld+json">{_script(linked)}</script>'
    )
    paragraphs = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in (text.lead, *text.paragraphs))
    remarks = "".join(
        f"<blockquote><b>{escape(name)}</b><br>{escape(words)}</blockquote>" for name, words in text.remarks
    )
    day = f"{MONTHS[local.month - 1]} {local.day}, {local.year}"
    body = f"""<article>
<h1>{escape(text.title)}</h1>
<p class="meta">Published {age} on <time datetime="{published}">{day}</time>
· Oleh <span class="author">{escape(text.author)}</span></p>
<img src="{base}{image_path(story.number)}" alt="" width="640" height="360">
{paragraphs}<p class="meta">{escape(", ".join(text.tags))}</p>
</article>
<section id="comments"><h2>{len(text.remarks)} komentar</h2>{remarks}</section>"""
    return _page(text.title, body, language=text.language, head=head)


def front(sections: Iterable[tuple[str, str, Sequence[Story]]], *, base: str) -> bytes:
    """Return the front page: for each of ``sections`` its title, its document's path and some stories."""
    parts = []
    for title, path, stories in sections:
        links = "".join(
            f'<li><a href="{base}{story.path}">{escape(story.text.title)}</a></li>\n' for story in stories
        )
        parts.append(
            f'<h2>{escape(title)}</h2>\n<p class="meta"><a href="{path}">{path}</a></p>\n<ul>{links}</ul>\n'
        )
    heading = "<h1>Ruang Berita Contoh</h1>\n<p>The sample newsroom: everything here is invented.</p>\n"
    return _page("Ruang Berita Contoh", heading + "".join(parts))


def notice(title: str, words: str) -> bytes:
    """Return a page that says only that something is not there."""
    return _page(title, f"<h1>{escape(title)}</h1>\n<p>{escape(words)}</p>")


def image_path(number: int) -> str:
    """Return the address of a story's picture, without the host."""
    return f"/gambar/{number}.svg"


def image(number: int) -> bytes:
    """Return a story's picture, an SVG document: hills under a sky, coloured by ``number``."""
    hue, ridge = number * 47 % 360, 120 + number * 13 % 120
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" width="640" height="360">'
        f'<rect width="640" height="360" fill="hsl({hue},45%,72%)"/>'
        f'<circle cx="{80 + number * 29 % 480}" cy="90" r="42" fill="hsl({(hue + 40) % 360},80%,85%)"/>'
        f'<path d="M0 360V{ridge + 60}L180 {ridge}L360 {ridge + 90}L500 {ridge + 20}L640 {ridge + 100}V360Z" '
        f'fill="hsl({(hue + 160) % 360},30%,38%)"/></svg>\n'
    ).encode()


def _page(title: str, body: str, *, language: str = "id", head: str = "") -> bytes:
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width">{head}
<style>{STYLE}</style></head>
<body>
{body}
<footer><a href="/">Ruang Berita Contoh</a></footer>
</body>
</html>
""".encode()


def _script(linked: Mapping[str, object]) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return json.dumps(linked, ensure_ascii=False).replace("</", "<\\/")
