"""The checks of Atom find nothing in a perfect document, and each finds what it is for."""

# ruff: noqa: E501 - what breaks a document is read in one line

from __future__ import annotations

import pytest

from tests.validity import atom, choices, links, modules
from tests.validity.breaking import BASE, XML, Break, breaks, caught, perfect, untried

URL = f"{BASE}.atom"
SECOND = "<id>https://bahtera.example.com/n/6</id>"
SHARED = [each for each in XML if "version=" not in each[1] and "tombstones" not in each[2]]
BROKEN: list[Break] = [
    *SHARED,
    ("namespaces_are_known", "<feed ", '<feed xmlns:own="https://own.example/" '),
    ("prefixes_are_the_usual_ones", "<feed ", '<feed xmlns:m="http://search.yahoo.com/mrss/" '),
    ("languages_are_tags", '<entry xml:lang="en">', '<entry xml:lang="xx_YY!">'),
    ("root_is_the_format_s_own", '<feed xmlns="http://www.w3.org/2005/Atom"', '<feed xmlns="http://purl.org/atom/ns#"'),
    ("elements_are_defined", SECOND, f"{SECOND}<description>x</description>"),
    ("required_elements_are_there", SECOND, ""),
    ("required_elements_are_there", "<updated>2024-11-20T09:16:05+00:00</updated>", ""),
    ("required_elements_are_there", "<title>Warta Pelabuhan</title>", ""),
    ("required_elements_are_there", "<name>Sari Wulandari</name>", ""),
    ("single_elements_are_single", SECOND, f"{SECOND}<summary>x</summary><summary>y</summary>"),
    ("attributes_are_defined", '<category term="Tanjung Priok"', '<category term="Tanjung Priok" domain="x"'),
    ("required_attributes_are_there", ' term="Tanjung Priok"', ""),
    ("required_attributes_are_there", ' href="https://bahtera.example.com/n/6"', ""),
    ("nothing_is_blank", "<title>Kapal tiba</title>", "<title/>"),
    ("nothing_is_blank", 'label="Logistik"', 'label=""'),
    ("no_text_stands_between_elements", SECOND, f"kata{SECOND}"),
    # links
    ("links_are_proper", 'href="https://bahtera.example.com/n/6"', 'href="n/6"'),
    ("links_are_proper", 'length="1234567"', 'length="-1"'),
    ("links_are_proper", 'hreflang="en"', 'hreflang="inggris!"'),
    ("relations_are_registered", 'rel="via"', 'rel="origin"'),
    ("feed_links_to_itself", 'rel="self"', 'rel="related"'),
    ("self_link_is_the_document", "feeds/logistik.atom", "feeds/all.atom"),
    ("alternates_differ", SECOND, f'{SECOND}<link href="https://x.example/"/>'),
    ("links_are_not_repeated", SECOND, SECOND + '<link rel="via" href="https://x.example/"/>' * 2),
    # modules; the rest is tried in RSS
    ("values_of_modules_are_proper", 'thr:count="12"', 'thr:count="dua"'),
    ("values_of_modules_are_proper", "<thr:total>12", "<thr:total>-1"),
    ("thread_attributes_stand_on_replies", 'rel="replies"', 'rel="related"'),
    ("archives_say_where_they_belong", 'rel="current"', 'rel="related"'),
    ("archives_are_linked_from_the_feed_only", 'rel="via"', 'rel="prev-archive"'),
    ("words_are_marked_as_no_html", "<title>Kapal tiba", "<title>Skor 3&amp;4"),
    ("words_are_marked_as_no_html", 'label="Logistik"', 'label="3&amp;4"'),
    # choices; the rest is tried in RSS
    ("archives_have_neighbours", 'rel="prev-archive"', 'rel="related"'),
    ("html_is_known_to_the_service", 'content type="html">', 'content type="html">&lt;bdo dir="rtl"&gt;x&lt;/bdo&gt;'),
    ("ids_are_normal_text", SECOND, "<id>https://bahtera.example.com/caf%E9</id>"),
    ("ids_are_normal_text", SECOND, "<id>https://bahtera.example.com/cafe%CC%81</id>"),
    ("ids_are_normal_text", SECOND, "<id>https://bahtera.example.com./n/6</id>"),
    ("languages_have_two_letters", '<entry xml:lang="en">', '<entry xml:lang="bjn">'),
    # Atom itself
    ("values_are_proper", SECOND, "<id>4711</id>"),
    ("values_are_proper", SECOND, "<id>tag:Bahtera.example.com:4711</id>"),
    ("values_are_proper", SECOND, "<id>urn:uuid:4711</id>"),
    ("values_are_proper", SECOND, "<id>https://bahtera.example.com/n 6</id>"),
    ("values_are_proper", "<updated>2024-11-18T01:02:03Z", "<updated>2024-11-18"),
    ("values_are_proper", "<updated>2024-11-18T01:02:03Z", "<updated>2024-11-31T01:02:03Z"),
    ("values_are_proper", "<email>sari@pelabuhan.example.id", "<email>sari"),
    ("values_are_proper", "<uri>https://pelabuhan.example.id/sari", "<uri>sari"),
    ("values_are_proper", 'scheme="https://kabar.example.id/c/"', 'scheme="kata"'),
    ("nothing_has_spaces_around", SECOND, "<id>\nhttps://bahtera.example.com/n/6\n</id>"),
    ("ids_are_canonical", SECOND, "<id>https://Bahtera.example.com/n/6</id>"),
    ("ids_are_canonical", SECOND, "<id>https://bahtera.example.com</id>"),
    ("ids_are_canonical", SECOND, "<id>http://bahtera.example.com:80/</id>"),
    ("ids_are_canonical", SECOND, "<id>https://bahtera.example.com/a/../b</id>"),
    ("ids_are_canonical", SECOND, "<id>https://bahtera.example.com/%7ea</id>"),
    ("ids_are_unique", SECOND, "<id>tag:kabar.example.id,2024-01-01:pelabuhan/4711</id>"),
    ("deleted_entries_are_gone", SECOND, "<id>tag:kabar.example.id,2024-01-01:pelabuhan/1</id>"),
    ("dates_are_of_the_web", "<published>2024-11-18", "<published>0001-11-18"),
    ("dates_are_plausible", "<updated>2024-11-20T09:15", "<updated>2924-11-20T09:15"),
    ("updates_differ", "<updated>2024-11-18T01:02:03Z", "<updated>2024-11-20T09:15:00+00:00"),
    ("updates_follow_publication", "<updated>2024-11-18", "<updated>2024-11-17"),
    ("entries_come_newest_first", "<published>2024-11-20", "<published>2024-11-10"),
    ("metadata_come_first", "</feed>", "<icon>https://kabar.example.id/icon.png</icon></feed>"),
    ("every_entry_has_an_author", "<author><name>Kabar Nusantara</name><uri>https://kabar.example.id/</uri></author>", ""),
    ("people_are_named", "<name>Sari Wulandari", "<name>Sari &lt;sari@pelabuhan.example.id&gt;"),
    ("people_are_named", "<name>Sari Wulandari", "<name>&lt;b&gt;Sari&lt;/b&gt;"),
    ("every_entry_says_something", '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Kapal tiba</div></content>', ""),
    ("every_entry_says_something", '<content type="xhtml">', '<content src="https://x.example/" type="xhtml">'),
    ("text_types_are_known", 'summary type="html"', 'summary type="text/html"'),
    ("text_types_are_known", 'content type="html"', 'content type="CDATA"'),
    ("text_is_plain", "<title>Kapal tiba", "<title>Kapal &amp;amp; tiba"),
    ("text_is_plain", "<rights>©", "<rights>&lt;b&gt;©&lt;/b&gt;"),
    ("html_is_harmless", "&lt;b&gt;turun&lt;/b&gt;", "&lt;b&gt;turun"),
    ("html_is_harmless", 'href="https://x.example/5"', 'onclick="x()"'),
    ("xhtml_is_a_div", 'content type="html"', 'content type="xhtml"'),
    ("enclosures_are_complete", SECOND, SECOND + '<link rel="enclosure" href="https://x.example/"/>' * 2),
    ("categories_are_not_repeated", '<category term="Tanjung Priok"/>', '<category term="Tanjung Priok"/>' * 2),
    ("languages_are_said", ' xml:lang="id"', ""),
    ("what_nobody_checks_is_used", '<at:deleted-entry ref="tag:kabar.example.id,2024-01-01:pelabuhan/1" when="2024-11-20T09:15:00+00:00"/>', ""),
    ("atom_needs_no_prefix", "<feed ", '<feed xmlns:atom="http://www.w3.org/2005/Atom" '),
]  # fmt: skip
TRIED_IN_RSS = {*modules.rules.named, *choices.rules.named} - {name for name, _, _ in BROKEN}


def test_a_perfect_document_has_no_faults() -> None:
    kind = "application/atom+xml; charset=utf-8"
    faults = atom.check(perfect("feed.atom").encode(), url=URL, content_type=kind)
    assert {fault.rule for fault in faults if fault.chosen} == {"namespaces_are_known_to_the_service"}
    assert [fault for fault in faults if not fault.chosen] == []


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_each_fault_is_found(rule: str, old: str, new: str) -> None:
    assert rule in caught(atom, breaks("feed.atom", old, new), url=URL)


def test_every_rule_is_tried() -> None:
    assert untried(atom.RULES, BROKEN, *TRIED_IN_RSS, "content_type_is_atom") == set()


def test_the_answer_s_media_type_is_looked_at() -> None:
    body = perfect("feed.atom").encode()
    assert "content_type_is_atom" in caught(atom, body, content_type="application/xml; charset=utf-8")


@pytest.mark.parametrize("name", [*atom.CHECKS, *links.CHECKS])
def test_every_checked_value_can_be_wrong(name: str) -> None:
    assert (atom.CHECKS | links.CHECKS)[name]("</b>?!")
