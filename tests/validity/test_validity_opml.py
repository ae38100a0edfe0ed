"""The checks of OPML find nothing in a perfect document, and each finds what it is for."""

from __future__ import annotations

import pytest

from tests.validity import opml
from tests.validity.breaking import XML, Break, breaks, caught, perfect, untried

BROKEN: list[Break] = [
    *XML,
    ("languages_are_tags", "<head>", '<head xml:lang="xx_YY!">'),
    ("root_is_the_format_s_own", "<opml", "<outlines"),
    ("elements_are_defined", "<head>", "<head><docs>https://opml.org/spec2.opml</docs>"),
    ("required_elements_are_there", "<head>", "<kop>"),
    ("single_elements_are_single", "<head>", "<head><title>x</title>"),
    ("attributes_are_defined", '<outline text="Berita"', '<outline text="Berita" icon="x"'),
    ("required_attributes_are_there", '<outline text="Berita"', "<outline"),
    ("nothing_is_blank", 'text="Semua"', 'text=" "'),
    ("no_text_stands_between_elements", "<body>", "<body>kata"),
    ("values_are_proper", 'xmlUrl="https://kabar', 'xmlUrl="feed://kabar'),
    ("values_are_proper", "<ownerEmail>ops@kabar.example.id", "<ownerEmail>ops"),
    ("values_are_proper", "<dateModified>Wed, 20", "<dateModified>20"),
    ("values_are_proper", 'version="RSS2"', 'version="rss"'),
    ("values_are_proper", 'language="id"', 'language="indonesia!"'),
    ("version_is_2_0", 'version="2.0"', 'version="1.1"'),
    ("something_is_listed", "<body>", "<body/><body>"),
    ("head_has_a_title", "<title>Kabar Nusantara</title>", ""),
    ("subscriptions_can_be_subscribed", ' xmlUrl="https://kabar.example.id/feeds/logistik.rss"', ""),
    ("subscriptions_can_be_subscribed", '<outline type="rss"', "<outline"),
    ("subscriptions_can_be_subscribed", ' url="https://kabar.example.id/"', ""),
    ("subscriptions_are_not_repeated", "feeds/all.rss", "feeds/logistik.rss"),
    ("texts_are_html", 'text="3 &amp;lt; 5', 'text="3 &lt; 5'),
    ("texts_are_html", "<title>Kabar", "<title>Kabar &amp;mdash"),
    ("expansion_is_a_list_of_lines", "<expansionState>1, 2", "<expansionState>1; 2"),
    ("dates_are_plausible", "<dateModified>Wed, 20 Nov 2024", "<dateModified>Wed, 20 Nov 2363"),
]  # fmt: skip


def test_a_perfect_document_has_no_faults() -> None:
    assert opml.check(perfect("feeds.opml").encode(), content_type="text/x-opml; charset=utf-8") == []


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_each_fault_is_found(rule: str, old: str, new: str) -> None:
    assert rule in caught(opml, breaks("feeds.opml", old, new))


def test_every_rule_is_tried() -> None:
    assert untried(opml.RULES, BROKEN, "content_type_is_opml") == set()


def test_the_answer_s_media_type_is_looked_at() -> None:
    body = perfect("feeds.opml").encode()
    assert "content_type_is_opml" in caught(opml, body, content_type="text/xml; charset=utf-8")


@pytest.mark.parametrize("name", opml.CHECKS)
def test_every_checked_value_can_be_wrong(name: str) -> None:
    assert opml.CHECKS[name]("</b>?!")
