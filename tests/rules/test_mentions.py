"""Which numbers and names tell two texts from each other (docs/duplicates.md, C)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.rules import mentions as rules
from aggregator.rules.mentions import disagreement, mentions, misspelt, title_disagreement, title_words

NOTE = "Cuaca hari ini di {} cerah. Suhu mencapai {} derajat pada siang hari."
PROSE = " ".join(f"kata{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200))


def differ(one: str, other: str) -> str:
    return disagreement(mentions(one), mentions(other))


def titles_differ(one: str, other: str, text: str = "", other_text: str | None = None) -> str:
    others = mentions(text if other_text is None else other_text)
    return title_disagreement((one, other), mentions(text), others)


# What a text mentions


@pytest.mark.parametrize(
    ("html", "numbers", "names"),
    [
        pytest.param("<p>Suhu 24 derajat</p>", {"24"}, set(), id="a number"),
        pytest.param("naik 1.495.000 lalu 2-1 pukul 14:30", {"1.495.000", "2-1", "14.30"}, set(), id="whole"),
        pytest.param("gempa 5,2 dan 7\u20132", {"5.2", "7-2"}, set(), id="one spelling"),
        pytest.param("menang dua gol, three nil, salah satu", {"2", "3"}, set(), id="numerals"),
        pytest.param("rapat G20 bahas Covid-19", {"g20", "covid-19"}, set(), id="with letters"),
        pytest.param("Hujan turun di Bandung. Warga senang", set(), {"bandung"}, id="sentences"),
        pytest.param("<p>hujan</p><p>Warga</p> ke Kupang", set(), {"kupang"}, id="blocks"),
        pytest.param("katanya “Kami pulang” ke Solo", set(), {"solo"}, id="quotations"),
        pytest.param("kata BMKG lalu I left, said I'm Bob", set(), {"bmkg", "bob"}, id="acronyms, not I"),
        pytest.param("told Reuters, dilansir Kompas.com", set(), set(), id="agencies and sites"),
        pytest.param("JAKARTA, PORTAL.com - Hujan turun", set(), set(), id="a dateline"),
        pytest.param("Jakarta (ANTARA) - Hujan turun", set(), set(), id="a dateline with its agency"),
        pytest.param(
            "LONDON, Nov 20 (Reuters) \u2014 Rain fell", set(), set(), id="a dateline with its date"
        ),
        pytest.param("ada hujan di Solo - Warga senang", set(), {"solo", "warga"}, id="a dash, no dateline"),
        pytest.param("Persija 2 - 1 Persib lagi", {"2", "1"}, {"persib"}, id="a score, no dateline"),
        pytest.param("Persija - Persib lagi", set(), {"persib"}, id="a pair, no dateline"),
        pytest.param("... - hujan", set(), set(), id="no word, no dateline"),
        pytest.param("<p>hujan</p><p>Editor: Ani Budi</p>", set(), set(), id="a credit"),
        pytest.param("<p>hujan</p>Baca juga: 10 Fakta Solo<br>reda", set(), set(), id="a link to more"),
        pytest.param("<p>hujan turun. (Reporting by Ann Lee; Editing by Bo)</p>", set(), set(), id="credits"),
        pytest.param("<p>hujan reda Pewarta: Ani Copyright © ANTARA 2024", set(), set(), id="in the text"),
        pytest.param("Sumber air di Solo", set(), {"solo"}, id="a word that is no credit"),
        pytest.param("<p>Editor: a</p>", set(), set(), id="a credit alone"),
        pytest.param("", set(), set(), id="nothing"),
    ],
)
def test_mentions(html: str, numbers: set[str], names: set[str]) -> None:
    found = mentions(html)
    assert found.numbers == numbers
    assert set(found.names) == names


def test_a_long_line_is_no_credit() -> None:
    assert "solo" in mentions(f"<p>Sumber: {'air ' * 100} dari Solo {'air ' * 100}</p>").names


@given(st.text())
def test_no_text_disagrees_with_itself(text: str) -> None:
    found = mentions(text)
    assert disagreement(found, found) == ""
    assert title_disagreement((text, text), found, found) == ""


@given(st.text(st.sampled_from("aB 1.,-<p>Ñ\n"), max_size=60), st.text(st.sampled_from("aB 1.,-<p>Ñ\n")))
def test_disagreement_has_no_direction(one: str, other: str) -> None:
    assert bool(differ(one, other)) == bool(differ(other, one))
    assert bool(titles_differ(one, other)) == bool(titles_differ(other, one))


# Texts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(NOTE.format("Solo", 24), NOTE.format("Solo", 25), id="another number"),
        pytest.param(NOTE.format("Solo", 24), NOTE.format("Kudus", 24), id="another name"),
        pytest.param("naik 5 dari 7 lalu 5 lagi", "naik 7 dari 7 lalu 5 lagi", id="a number given elsewhere"),
        pytest.param("Cairo cerah sore ini", "Semarang cerah sore ini", id="a name that opens a sentence"),
        pytest.param("Bali United menang lagi", "Arema menang lagi", id="a name of two words"),
        pytest.param("Bali United menang lagi", "Madura United menang lagi", id="that share one"),
        pytest.param("Bandung cerah sore ini", "Badung cerah sore ini", id="names that look alike"),
        pytest.param("ada dua gol di sini", "ada tiga gol di sini", id="a numeral"),
        pytest.param(
            f"{PROSE} Rina lalu Rina", f"{PROSE} Rima lalu Rima", id="names that look alike and are meant"
        ),
        pytest.param(
            PROSE + "".join(f" ke Kanal{chr(97 + n)}" for n in range(10)),
            PROSE + "".join(f" ke Kanan{chr(97 + n)}" for n in range(10)),
            id="too many misspellings",
        ),
    ],
)
def test_texts_that_disagree(one: str, other: str) -> None:
    assert differ(one, other)
    assert differ(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("hujan di Solo", "hujan di Solo pada 20 November", id="one says more"),
        pytest.param("kata dia kepada Reuters", "kata dia kepada AFP", id="another agency"),
        pytest.param("kata Solo dan Tegal", "Tegal hujan. Solo juga", id="names that open a sentence"),
        pytest.param("JAKARTA, A.com - hujan", "Solo (ANTARA) - hujan", id="another dateline"),
        pytest.param("<p>hujan</p><p>Editor: Ani</p>", "<p>hujan</p><p>Sumber: Budi</p>", id="credits"),
        pytest.param("Sementara itu hujan sementara", "Sedangkan itu hujan sementara", id="no name"),
        pytest.param(f"{PROSE} kata Prabwo tadi", f"{PROSE} kata Prabowo tadi", id="misspelt in prose"),
        pytest.param(
            "Dimas pergi ke kota. Lalu Dimas", "Dimsa pergi ke kota. Lalu Dimas", id="misspelt once"
        ),
        pytest.param(
            "Dimsa pergi ke kota. Lalu Dimas", "Dimas pergi ke kota. Lalu Dimas", id="the same, turned"
        ),
        pytest.param("naik 5 persen", "naik Sedikit persen", id="a word in place of a number"),
        pytest.param("<p>A B x</p><p>A C x</p> 1 1", "<p>A C x</p><p>A B x</p> 1 1", id="places that recur"),
    ],
)
def test_texts_that_agree(one: str, other: str) -> None:
    assert differ(one, other) == ""
    assert differ(other, one) == ""


# Titles


@pytest.mark.parametrize(
    ("one", "other", "text", "agree"),
    [
        pytest.param("Hujan di Solo", "HUJAN DI SOLO", "hujan di Solo", True, id="capitals"),
        pytest.param("Hujan di Solo", "Hujan di Tegal", "hujan", False, id="another name"),
        pytest.param("HUJAN DI SOLO", "HUJAN DI TEGAL", "di Solo dan Tegal", False, id="in capitals"),
        pytest.param("Hujan Solo Reda", "Hujan Tegal Reda", "Solo hujan. Tegal hujan", False, id="opening"),
        pytest.param("KURS RABU", "Kurs Kamis", "kurs", False, id="a day of the week"),
        pytest.param("Heboh Hujan Deras", "Viral Hujan Deras", "hujan deras", True, id="no names"),
        pytest.param("Hujan di Solo", "Hujan deras", "hujan di Solo", True, id="one names it"),
        pytest.param("Gempa 5,2", "Gempa 5.2", "gempa", True, id="one number"),
        pytest.param("Gempa 5,2", "Gempa 5,3", "gempa 5,2 dan 5,3", False, id="another number"),
        pytest.param("Gempa 5,2", "Gempa", "gempa 5,2", True, id="a number of the text"),
        pytest.param("Kisah (2)", "Kisah", "kisah", False, id="the part of a series"),
        pytest.param("Tamu prabowo di Prabwo", "Tamu di Prabowo", "kata Prabowo", True, id="misspelt"),
        pytest.param("Tamu di Prabwo", "Tamu di Prabowo", "kata Prabowo", True, id="misspelt alone"),
        pytest.param("Bandung: cerah", "Badung: cerah", "di Bandung dan Badung", False, id="both known"),
    ],
)
def test_titles(one: str, other: str, text: str, agree: bool) -> None:  # noqa: FBT001
    assert (titles_differ(one, other, text) == "") == agree
    assert (titles_differ(other, one, text) == "") == agree


def test_very_long_titles_are_cut() -> None:
    assert len(title_words("kata " * 200_000)) == rules.MOST_IN_TITLE // 5


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("prabowo", "prabwo", True),
        ("kusuma", "kusmua", True),
        ("dimas", "dias", True),
        ("bali", "mali", False),
        ("jakarta", "bandung", False),
        ("kalimantan", "kali", False),
    ],
)
def test_misspelt(one: str, other: str, expected: bool) -> None:  # noqa: FBT001
    assert misspelt(one, other) is expected
