"""The checks of RSS find nothing in a perfect document, and each finds what it is for."""

# ruff: noqa: E501 - what breaks a document is read in one line

from __future__ import annotations

import pytest

from tests.validity import choices, modules, rss
from tests.validity.breaking import BASE, XML, Break, breaks, caught, perfect, untried

URL = f"{BASE}.rss"
ITEM = "<item>\n<title>Kapal tiba</title>"
BROKEN: list[Break] = [
    *XML,
    ("languages_are_tags", "<channel>", '<channel xml:lang="id_ID">'),
    ("root_is_the_format_s_own", '<rss version="2.0"', '<rdf version="2.0"'),
    ("elements_are_defined", "<ttl>", "<blink>x</blink><ttl>"),
    ("elements_are_defined", ITEM, f"{ITEM}<image/>"),
    ("elements_are_defined", ITEM, f"{ITEM}<dc:titel>x</dc:titel>"),
    ("required_elements_are_there", "<description>Semua tentang pelabuhan</description>", ""),
    ("required_elements_are_there", '<guid isPermaLink="true">https://bahtera.example.com/n/6</guid>', ""),
    ("single_elements_are_single", "<ttl>", "<ttl>1</ttl><ttl>"),
    ("single_elements_are_single", "<enclosure", '<enclosure url="https://x.example/" length="0" type="a/b"/><enclosure'),
    ("attributes_are_defined", "<ttl>", '<ttl unit="minute">'),
    ("required_attributes_are_there", ' length="1234567"', ""),
    ("required_attributes_are_there", '<source url="https://pelabuhan.example.id/feed/"', "<source"),
    ("nothing_is_blank", "<title>Kapal tiba</title>", "<title/>"),
    ("nothing_is_blank", 'type="audio/mpeg"', 'type=""'),
    ("no_text_stands_between_elements", "<channel>", "<channel>kata"),
    ("no_text_stands_between_elements", 'title="Bahtera"/>', 'title="Bahtera">kata</atom:link>'),
    # links
    ("links_are_proper", 'href="https://bahtera.example.com/n/7"', 'href="/n/7"'),
    ("links_are_proper", 'type="text/html" thr', 'type="html" thr'),
    ("links_are_proper", 'title="Bahtera"', 'title="&lt;b&gt;Bahtera&lt;/b&gt;"'),
    ("relations_are_registered", 'rel="via"', 'rel="origin"'),
    ("feed_links_to_itself", 'rel="self"', 'rel="related"'),
    ("self_link_is_the_document", "feeds/logistik.rss", "feeds/all.rss"),
    ("self_link_is_the_document", 'type="application/rss+xml"', 'type="text/html"'),
    ("alternates_differ", "<atom:link", '<atom:link href="https://x.example/"/><atom:link href="https://y.example/"/><atom:link'),
    ("links_are_not_repeated", '<atom:link rel="via"', '<atom:link rel="via" href="https://bahtera.example.com/n/7"/><atom:link rel="via"'),
    # modules
    ("values_of_modules_are_proper", 'fileSize="12"', 'fileSize="-12"'),
    ("values_of_modules_are_proper", "<georss:point>-6.1 106.88", "<georss:point>-6.1,106.88"),
    ("values_of_modules_are_proper", "<georss:point>-6.1", "<georss:point>-96.1"),
    ("values_of_modules_are_proper", "<slash:comments>12", "<slash:comments>banyak"),
    ("values_of_modules_are_proper", "<itunes:explicit>false", "<itunes:explicit>clean"),
    ("values_of_modules_are_proper", 'medium="video"', 'medium="film"'),
    ("values_of_modules_are_proper", 'type="text/vtt"', 'type="vtt"'),
    ("values_of_modules_are_proper", "<dc:language>id", "<dc:language>xx_YY!"),
    ("media_group_has_alternatives", '<media:content url="https://pelabuhan.example.id/b.mp4" type="video/mp4"/>', ""),
    ("media_credit_has_a_known_role", 'role="photographer"', 'role="Photographer"'),
    ("media_credit_has_a_known_role", 'role="photographer"', 'role="tukang foto"'),
    ("media_hash_is_one", "0cc175b9", "0cc175b"),
    ("media_times_are_times", 'time="12:05:01.123"', 'time="noon"'),
    ("media_texts_are_what_they_say", "&lt;b&gt;Dermaga&lt;/b&gt; baru", "&lt;b&gt;Dermaga baru"),
    ("media_texts_are_what_they_say", ">Dermaga<", ">&lt;b&gt;Dermaga&lt;/b&gt;<"),
    ("plain_texts_of_modules_are_plain", "<itunes:author>Sari", "<itunes:author>&lt;b&gt;Sari&lt;/b&gt;"),
    ("itunes_texts_are_short_enough", "<itunes:author>Sari", "<itunes:author>" + "Sari" * 64),
    ("itunes_durations_are_durations", "1:02:03", "1j 2m"),
    ("thread_attributes_stand_on_replies", 'rel="replies"', 'rel="related"'),
    ("archives_say_where_they_belong", 'rel="current"', 'rel="related"'),
    ("archives_say_where_they_belong", "<fh:archive/>", "<fh:complete/>"),
    ("archives_say_where_they_belong", 'rel="prev-archive"', 'rel="current"'),
    ("archives_are_linked_from_the_feed_only", 'rel="via"', 'rel="next"'),
    ("words_are_marked_as_no_html", "<dc:language>", "<dc:rights>3&amp;4</dc:rights><dc:language>"),
    ("words_are_marked_as_no_html", 'title="Bahtera"', 'title="a &lt;b"'),
    # choices
    ("itunes_items_have_a_show", '<itunes:category text="News"/>', ""),
    ("itunes_files_can_be_played", "suara.mp3", "suara.ogg"),
    ("itunes_files_can_be_played", "suara.mp3", "suara.mp3?a=1"),
    ("html_is_known_to_the_service", "&lt;br&gt;", '&lt;audio src="https://x.example/a" controls&gt;&lt;/audio&gt;'),
    ("dates_are_of_the_web", "Mon, 18 Nov 2024", "Mon, 18 Nov 1974"),
    ("texts_are_encoded_once", "<title>Kapal tiba", "<title>CafÃ©"),
    ("addresses_are_plain", "https://pelabuhan.example.id/suara.mp3", "https://suara_kita.example.id/suara.mp3"),
    ("addresses_are_plain", "https://pelabuhan.example.id/suara.mp3", "https://pelabuhan.example.id?suara.mp3"),
    ("addresses_are_plain", "https://pelabuhan.example.id/sampul.jpg", "http://lokal/sampul.jpg"),
    ("addresses_are_plain", "<comments>https://pelabuhan.example.id", "<comments>https://[2001:db8::1]"),
    ("languages_have_two_letters", "<dc:language>id", "<dc:language>bjn"),
    # RSS itself
    ("values_are_proper", "<link>https://kabar.example.id", "<link>//kabar.example.id"),
    ("values_are_proper", "<link>https://bahtera.example.com/n/6", "<link>https://bahtera.example.com/n/6?a[]=é"),
    ("values_are_proper", "<link>https://bahtera.example.com/n/6", "<link>javascript:alert(1)"),
    ("values_are_proper", "<pubDate>Mon, 18 Nov", "<pubDate>Tue, 18 Nov"),
    ("values_are_proper", "<pubDate>Mon, 18 Nov 2024", "<pubDate>Mon, 18 November 2024"),
    ("values_are_proper", "Mon, 18 Nov 2024 01:02:03 +0000", "2024-11-18T01:02:03Z"),
    ("values_are_proper", "Mon, 18 Nov 2024 01:02:03 +0000", "Mon, 18 Nov 24 01:02:03 WIB"),
    ("values_are_proper", "<author>budi@bahtera.example.com (Budi)", "<author>Budi"),
    ("values_are_proper", "<author>budi@bahtera.example.com (Budi)", "<author>budi@bahtera.example.com"),
    ("values_are_proper", "<language>id", "<language>indonesia"),
    ("values_are_proper", "<language>id", "<language>qq"),
    ("values_are_proper", "<ttl>15", "<ttl>0"),
    ("values_are_proper", 'length="1234567"', 'length="1,2 MB"'),
    ("values_are_proper", 'length="1234567"', 'length="-1"'),
    ("values_are_proper", 'type="audio/mpeg"', 'type="foo"'),
    ("values_are_proper", "<atom:updated>2024-11-20T", "<atom:updated>2024-11-20 "),
    ("version_is_2_0", 'version="2.0"', 'version="2.00"'),
    ("item_has_a_title_or_a_description", ITEM, "<item><guid>https://x.example/</guid></item>" + ITEM),
    ("guids_are_good", 'isPermaLink="true"', 'isPermaLink="yes"'),
    ("guids_are_good", 'isPermaLink="false"', 'isPermaLink="true"'),
    ("guids_are_good", "tag:kabar.example.id,2024-01-01:pelabuhan/4711", "4711"),
    ("guids_are_unique", ITEM, '<item><title>x</title><guid isPermaLink="true">https://bahtera.example.com/n/6</guid></item>' + ITEM),
    ("permanent_links_are_the_links", '<guid isPermaLink="true">https', '<guid isPermaLink="true">http'),
    ("dates_are_plausible", "Wed, 20 Nov 2024 07", "Wed, 20 Nov 2363 07"),
    ("updates_follow_publication", "<atom:updated>2024-11-20", "<atom:updated>2024-11-19"),
    ("items_come_newest_first", "Wed, 20 Nov 2024 07", "Wed, 20 Nov 2019 07"),
    ("items_come_last", "</channel>", "<ttl>15</ttl></channel>"),
    ("description_comes_before_content", ITEM, f"{ITEM}<content:encoded>kata</content:encoded>"),
    ("plain_text_is_plain", "<title>Kapal tiba", "<title>&lt;b&gt;Kapal&lt;/b&gt; tiba"),
    ("plain_text_is_plain", "<title>Kapal tiba", "<title>Kapal &amp;amp; tiba"),
    ("plain_text_is_plain", "<title>Kapal tiba", "<title><![CDATA[Kapal <br> tiba]]>"),
    ("plain_text_is_plain", "<description>Semua", "<description>&lt;p>Semua"),
    ("html_is_harmless", "&lt;b&gt;turun&lt;/b&gt;", "&lt;b&gt;turun"),
    ("html_is_harmless", 'src="https://x.example/a.jpg"', 'src="/a.jpg"'),
    ("html_is_harmless", "&lt;br&gt;", "&lt;script&gt;&lt;/script&gt;"),
    ("nothing_is_said_twice", "<dc:creator>", "<author>a@b.example (A)</author><dc:creator>"),
    ("nothing_is_said_twice", "<comments>", "<dc:subject>x</dc:subject><comments>"),
    ("comments_have_a_date", "<lastBuildDate>Wed, 20 Nov 2024 09:16:05 +0000</lastBuildDate>", ""),
    ("image_is_the_channel_s", "<image><url>https://kabar.example.id/logo.png", "<image><url>https://kabar.example.id/logo.svg"),
    ("image_is_the_channel_s", "<width>88", "<width>880"),
    ("image_is_the_channel_s", "logo.png</url><title>", "logo.png</url><title>x"),
    ("pauses_are_hours_and_days", "<hour>23", "<hour>24"),
    ("pauses_are_hours_and_days", "<day>Sunday", "<day>Minggu"),
    ("language_and_generator_are_there", "<generator>aggregator</generator>", ""),
    ("docs_lead_to_the_specification", "<docs>https://www.rssboard.org/rss-specification", "<docs>https://x.example/"),
    ("extensions_stay_off_the_core", "<ttl>", '<ttl dc:language="id">'),
]  # fmt: skip
HOW = ("is_utf_8", "content_type_is_rss", "documents_are_short")
NOT_IN_RSS = ("archives_have_neighbours", "ids_are_normal_text")
WITH_PODCASTS = ("namespaces_are_known_to_the_service",)  # such as the perfect document


def test_a_perfect_document_has_no_faults() -> None:
    kind = "application/rss+xml; charset=utf-8"
    faults = rss.check(perfect("feed.rss").encode(), url=URL, content_type=kind)
    assert {fault.rule for fault in faults if fault.chosen} == {*WITH_PODCASTS}
    assert [fault for fault in faults if not fault.chosen] == []


def test_choices_are_told_apart() -> None:
    assert rss.RULES.choices == choices.rules.named.keys()


def test_a_long_document_is_found() -> None:
    body = perfect("feed.rss").encode() + b" " * choices.LONGEST
    assert "documents_are_short" in caught(rss, body)


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_each_fault_is_found(rule: str, old: str, new: str) -> None:
    assert rule in caught(rss, breaks("feed.rss", old, new), url=URL)


def test_every_rule_is_tried() -> None:
    assert untried(rss.RULES, BROKEN, *HOW, *NOT_IN_RSS, *WITH_PODCASTS) == set()


@pytest.mark.parametrize(
    ("rule", "content_type"),
    [
        ("is_utf_8", "application/rss+xml; charset=iso-8859-1"),
        ("is_utf_8", "application/rss+xml"),
        ("content_type_is_rss", "text/html; charset=utf-8"),
    ],
)
def test_the_answer_s_media_type_is_looked_at(rule: str, content_type: str) -> None:
    assert rule in caught(rss, perfect("feed.rss").encode(), content_type=content_type)


def test_bytes_that_are_no_utf_8_are_found() -> None:
    assert "is_utf_8" in caught(rss, perfect("feed.rss").encode("utf-16"))


@pytest.mark.parametrize("name", [*rss.CHECKS, *modules.CHECKS])
def test_every_checked_value_can_be_wrong(name: str) -> None:
    assert (rss.CHECKS | modules.CHECKS)[name]("</b>?!")
