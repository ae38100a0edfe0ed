"""What the items of the fleet say: words of two languages in random order, as long and as marked up as news.

An item is made from its own seed alone, so a copy of it elsewhere is the same item made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from benchmarks.wording import FIRST, GRAMMAR, LAST, PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random


def _vocabulary(language: str) -> tuple[list[str], list[float]]:
    """Return the words of ``language`` and their running weights: few words are common, most are rare."""
    phrases = [each for stock in GRAMMAR[language].values() for each in stock if "{" not in each]
    words = sorted({word for phrase in phrases for word in phrase.split()})
    words = words[1::2] + words[::2]  # else the common ones would all begin with the same letter
    return words, list(accumulate(1 / (rank + 12) for rank in range(len(words))))


VOCABULARY = {language: _vocabulary(language) for language in GRAMMAR}
SECTIONS = {
    "id": ("Ekonomi", "Nasional", "Olahraga", "Budaya", "Teknologi", "Pendidikan", "Logistik", "Hukum"),
    "en": ("Business", "World", "Sport", "Culture", "Technology", "Education", "Transport", "Courts"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What an item says, wherever it appears."""

    title: str  #: plain text
    summary: str  #: plain text, the opening words
    content: str  #: HTML
    author: str
    sections: tuple[str, ...]  #: its categories
    enclosure_bytes: int  #: of its picture; 0 if it has none


def story(chance: Random, slug: str) -> Story:
    """Return a story of about 250 words; ``slug`` is in the addresses of what it links to."""
    language = chance.choice(("id", "id", "en"))
    title = " ".join([*_words(chance, language, chance.randint(5, 8)), chance.choice(PLACES)])
    paragraphs = [" ".join(_sentences(chance, language)) for _ in range(chance.randint(4, 5))]
    return Story(
        title=title[0].upper() + title[1:],
        summary=" ".join(paragraphs[0].split()[:40]),
        content="\n".join(_marked_up(chance, paragraphs, slug)),
        author=f"{chance.choice(FIRST)} {chance.choice(LAST)}",
        sections=tuple(chance.sample(SECTIONS[language], chance.randint(1, 3))),
        enclosure_bytes=chance.randint(20_000, 400_000) if chance.random() < 0.1 else 0,
    )


def _words(chance: Random, language: str, count: int) -> list[str]:
    words, weights = VOCABULARY[language]
    return chance.choices(words, cum_weights=weights, k=count)


def _sentences(chance: Random, language: str) -> Iterator[str]:
    """Yield a paragraph; now and then a sentence of it is in the other language, as quotations are."""
    for _ in range(chance.randint(3, 5)):
        spoken = language if chance.random() < 0.9 else {"id": "en", "en": "id"}[language]
        sentence = " ".join(_words(chance, spoken, chance.randint(9, 19)))
        yield f"{sentence[0].upper()}{sentence[1:]}."


def _marked_up(chance: Random, paragraphs: list[str], slug: str) -> Iterator[str]:
    site = f"https://gambar.example.id/{slug}"
    if chance.random() < 0.4:
        yield (
            f'<figure class="wp-block-image size-large"><img loading="lazy" width="1024" height="683" '
            f'src="{site}-1024x683.jpg" alt="" class="wp-image-{chance.randint(1000, 99999)}" />'
            f"<figcaption>{chance.choice(PLACES)}</figcaption></figure>"
        )
    for number, paragraph in enumerate(paragraphs):
        first, _, rest = paragraph.partition(" ")
        if number and chance.random() < 0.2:
            yield f'<h2 class="wp-block-heading">{chance.choice(PLACES)} &#8211; {first}</h2>'
        match chance.randrange(6):
            case 0:
                yield f"<p><strong>{first}</strong> {rest}</p>"
            case 1:
                yield f'<p><a href="{site}/{number}/" target="_blank" rel="noopener">{first}</a> {rest}</p>'
            case 2:
                yield f"<p>&#8220;{paragraph}&#8221; <em>{chance.choice(FIRST)}</em></p>"
            case _:
                yield f"<p>{paragraph}</p>"
