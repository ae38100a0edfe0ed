"""Which items tell the same news in nearly the same words (docs/duplicates.md, C)."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.rules import similarity
from aggregator.rules.similarity import (
    BANDS,
    LEAST_WORDS,
    MOST_COMPARED,
    MOST_WORDS,
    Comparison,
    Fingerprint,
    Likeness,
    Telling,
    best,
    compare,
    fingerprint,
    jaccard,
    title_overlap,
)

FILLER = (
    "warga setempat mengatakan bahwa jalan menuju pasar sudah lama rusak dan belum pernah diperbaiki sejak "
    "musim hujan tahun lalu sehingga pedagang sayur harus memutar lewat desa tetangga yang lebih jauh untuk "
    "membawa hasil panen mereka ke kota sementara pemerintah daerah berjanji akan mulai mengaspal ruas itu "
    "begitu anggaran perubahan disetujui oleh dewan pada rapat berikutnya bulan depan kata seorang pejabat "
    "dinas pekerjaan umum yang ditemui di kantornya setelah meninjau lokasi bersama camat dan beberapa "
    "tokoh masyarakat"
)
WORDS = FILLER.split()
signed = st.integers(-(2**63), 2**63 - 1)


def printed(html: str) -> Fingerprint:
    found = fingerprint(html)
    assert found is not None
    return found


def telling(title: str, html: str) -> Telling:
    return Telling(title=title, html=html, shingles=printed(html).shingles)


def text(*parts: str) -> str:
    """Return a text that is long enough for one word more or less to matter little."""
    return f"<p>{' '.join(parts)} {FILLER}.</p>"


def verdict(one: Telling, other: Telling) -> str:
    found = compare(one, other)
    assert found.likeness is compare(other, one).likeness
    assert (found.likeness is Likeness.COPY) == (found.reason == "")
    return found.likeness


# Fingerprints


def test_a_short_text_has_none() -> None:
    assert fingerprint("") is None
    assert fingerprint(f"<p>{' '.join(WORDS[: LEAST_WORDS - 1])}</p>") is None
    assert printed(f"<p>{' '.join(WORDS[:LEAST_WORDS])}</p>").shingles


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<div><p>{FILLER.upper()}</p></div>", id="capitals"),
        pytest.param("<br>".join(WORDS), id="markup between the words"),
        pytest.param(", ".join(WORDS) + "!", id="punctuation"),
        pytest.param("&nbsp;".join(WORDS), id="entities"),
        pytest.param(f'<a href="https://k.id/a">{FILLER}</a>', id="links"),
        pytest.param(FILLER.replace("pasar", "pa\u00adsar"), id="soft hyphens"),
    ],
)
def test_dress_does_not_count(html: str) -> None:
    assert printed(html) == printed(FILLER)


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert printed(FILLER + " caf\u00e9") == printed(FILLER + " cafe\u0301")


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.495.000", "1.495.001"), ("2-1", "1-2"), ("14:30", "14:31"), ("5,2", "2,5")],
)
def test_numbers_are_one_word(one: str, other: str) -> None:
    found = [len(printed(f"{FILLER} {number} dan {FILLER}").shingles) for number in (one, other, "angka")]
    assert len(set(found)) == 1
    assert printed(text(one)) != printed(text(other))


def test_the_order_of_words_counts() -> None:
    assert not printed(FILLER).shingles & printed(" ".join(reversed(WORDS))).shingles


def test_every_number_fits_a_signed_column() -> None:
    found = printed(FILLER)
    assert len(found.bands) == BANDS == len(set(found.bands))
    assert all(-(2**63) <= number < 2**63 for number in (*found.bands, *found.shingles))


def test_fingerprints_are_the_same_in_every_process() -> None:
    """What is stored today is compared after the next start: these figures must never change."""
    script = f"from aggregator.rules.similarity import fingerprint as f; print(f({FILLER!r}).bands)"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(printed(FILLER).bands)
    assert printed(FILLER).bands[0] == 5_712_631_914_800_405_008
    assert min(printed(FILLER).shingles) == 3_903_245


def test_words_forgotten_are_hashed_alike_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = printed(FILLER)
    monkeypatch.setattr(similarity, "MOST_KNOWN", 8)
    monkeypatch.setattr(similarity, "_hashes", similarity._Words())
    assert printed(FILLER) == before
    assert len(similarity._hashes) <= 8


def test_very_long_words_are_not_kept() -> None:
    printed(f"{FILLER} {'x' * 5_000}")
    assert not any(len(word) > similarity.LONGEST_KNOWN for word in similarity._hashes)


def test_of_a_long_text_only_the_beginning_is_looked_at() -> None:
    words = [f"kata{number}" for number in range(MOST_WORDS)]
    assert printed(" ".join(words)) == printed(" ".join([*words, "lagi", "dan", "lagi"]))


def test_likely_copies_share_a_band() -> None:
    """The comment beside BANDS, measured: nearly every text with a tenth of its shingles changed is found."""
    chance = random.Random(7)  # noqa: S311 - the same at every run
    found = 0
    for _ in range(300):
        words = [str(chance.random()) for _ in range(200)]
        edited = [*words[:100], "sisipan", *words[100:150], "lain", *words[150:]]
        found += not set(printed(" ".join(words)).bands).isdisjoint(printed(" ".join(edited)).bands)
    assert found >= 297


def test_unlike_texts_share_no_band() -> None:
    chance = random.Random(7)  # noqa: S311 - the same at every run
    texts = [printed(" ".join(str(chance.random()) for _ in range(60))).bands for _ in range(200)]
    assert len({band for bands in texts for band in bands}) == 200 * BANDS


def test_one_word_repeated_has_a_fingerprint() -> None:
    found = printed("kata " * 60)
    assert (len(found.shingles), len(set(found.bands))) == (1, BANDS)


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("kata " * 13_107, id="one word"),
        pytest.param("<" * 65_536, id="open brackets"),
        pytest.param("<a" * 65_536, id="open tags"),
        pytest.param("!" * 65_536, id="no word"),
        pytest.param("&a" * 32_768, id="half entities"),
        pytest.param("a." * 40_000, id="one long word"),
        pytest.param("A - " * 20_000, id="datelines"),
        pytest.param("\ud800 " * 30_000, id="lone surrogates"),
        pytest.param("<p>Editor:" + " " * 65_536, id="an endless credit"),
        pytest.param(" ".join(f"x Na{n}ma" for n in range(9_000)), id="nothing but names"),
        pytest.param("copyright " * 9_000, id="notes"),
    ],
)
def test_hostile_texts_cost_little(html: str) -> None:
    before = time.process_time()
    found = fingerprint(html)
    shingles = found.shingles if found else frozenset({1})
    one = Telling(title=html * 10, html=html, shingles=shingles)
    other = Telling(title=html * 10 + "x", html=html.replace("Na", "Ma"), shingles=shingles)
    compare(one, other)
    assert time.process_time() - before < 1.0


# Sets of shingles


@given(st.frozensets(signed), st.frozensets(signed))
def test_jaccard_is_a_share(one: frozenset[int], other: frozenset[int]) -> None:
    assert 0 <= jaccard(one, other) == jaccard(other, one) <= 1
    assert jaccard(one, one) == bool(one)


@given(st.text(max_size=2_000), st.lists(st.sampled_from([*WORDS, "<p>", "Jakarta", "2-1"]), max_size=200))
def test_any_text_is_a_copy_of_itself(title: str, words: list[str]) -> None:
    html = " ".join(words)
    found = fingerprint(html)
    if found is None:
        return
    one = Telling(title=title, html=html, shingles=found.shingles)
    assert compare(one, one) == Comparison(likeness=Likeness.COPY, text=1, title=1, reason="")


# Titles


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Harga Beras Naik", "HARGA BERAS NAIK", 1),
        ("Harga beras naik", "Harga beras naik lagi di pasar", 1),
        ("Harga beras naik", "Harga cabai naik", 2 / 3),
        ("Harga beras", "Banjir", 0),
        ("", "", 1),
        ("", "Banjir", 0),
    ],
)
def test_title_overlap(one: str, other: str, expected: float) -> None:
    assert title_overlap(one, other) == pytest.approx(expected)
    assert title_overlap(other, one) == pytest.approx(expected)


# Copies


def test_the_same_text_under_the_same_title_is_a_copy() -> None:
    assert verdict(telling("Harga naik", text()), telling("HARGA NAIK", text())) == Likeness.COPY


def test_an_independent_telling_is_unlike() -> None:
    other = " ".join(f"lain{word}" for word in WORDS)
    assert verdict(telling("Harga naik", text()), telling("Harga naik", other)) == Likeness.UNLIKE


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        pytest.param(("Jalan rusak", text()), ("Jalan rusak", text(*WORDS[::-2])), "texts:", id="half new"),
        pytest.param(("Jalan rusak", text()), ("Warga mengeluh", text()), "titles: 0.00", id="new title"),
        pytest.param(
            ("Suhu 24 derajat", text("Suhu 24 derajat")),
            ("Suhu 25 derajat", text("Suhu 25 derajat")),
            "numbers of the titles: 24 or 25",
            id="another number in the title",
        ),
        pytest.param(
            ("Prakiraan cuaca", text("Suhu 24 derajat")),
            ("Prakiraan cuaca", text("Suhu 25 derajat")),
            "numbers: 24 or 25",
            id="another number in the text",
        ),
    ],
)
def test_related(one: tuple[str, str], other: tuple[str, str], reason: str) -> None:
    found = compare(telling(*one), telling(*other))
    assert found.likeness is Likeness.RELATED
    assert found.reason.startswith(reason)


# The best of several candidates


def test_the_nearest_copy_is_the_best() -> None:
    new = telling("Jalan rusak", text())
    near, exact, far = text("Sebuah"), text(), "lain " * 60
    found = best(new, {html: telling("Jalan rusak", html) for html in (near, far, exact)})
    assert found is not None
    assert (found[0], found[1].likeness, found[1].text) == (exact, Likeness.COPY, 1)


def test_of_equal_copies_the_first_is_the_best() -> None:
    new = telling("Jalan rusak", text())
    found = best(new, {2: new, 1: new})
    assert found is not None
    assert found[0] == 2


def test_a_copy_that_is_further_away_goes_before_a_nearer_relative() -> None:
    new = telling("Jalan rusak", text())
    found = best(new, {1: telling("Lain sama sekali", text()), 2: telling("Jalan rusak", text("Sebuah"))})
    assert found is not None
    assert (found[0], found[1].likeness) == (2, Likeness.COPY)


def test_without_a_copy_the_nearest_relative_is_the_best() -> None:
    new = telling("Jalan rusak", text())
    found = best(new, {1: telling("Lain", text("Sebuah")), 2: telling("Lain", text())})
    assert found is not None
    assert (found[0], found[1].likeness) == (2, Likeness.RELATED)


def test_nothing_near_is_nothing() -> None:
    new = telling("Jalan rusak", text())
    nothing: dict[int, Telling] = {}
    assert best(new, nothing) is None
    assert best(new, {1: telling("Jalan rusak", "lain " * 60)}) is None


def test_only_so_many_are_read() -> None:
    new = telling("Jalan rusak", text())
    crowd = {number: telling("Lain", text()) for number in range(MOST_COMPARED)}
    found = best(new, {**crowd, -1: telling("Jalan rusak", text("Sebuah"))})
    assert found is not None
    assert found[1].likeness is Likeness.RELATED
