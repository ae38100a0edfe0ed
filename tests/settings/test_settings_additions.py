"""What lists of subscriptions add to a configuration, and what a configuration hands on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from aggregator.model.outline import Outline
from aggregator.model.source import SourceState
from aggregator.parse.opml import read as read_list
from aggregator.render.opml import subscriptions
from aggregator.settings import values
from aggregator.settings.additions import Additions, Importer, insert
from aggregator.settings.document import read
from aggregator.settings.sharing import shareable

if TYPE_CHECKING:
    from aggregator.settings import Settings
    from tests.settings.conftest import Loads

AT = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)
THERE = """\
service: {timezone: Asia/Jakarta}
# what we read
"categories":  # groups
    # the first
    laut:
        title: Laut & Pelabuhan
        # kept by hand
        sources:
          # never removed
          - {id: pelabuhan, url: "https://pelabuhan.example.id/feed/?utm_source=x"}
          -   id: kawat
              url: https://kawat.example.id/feed/
    darat: {sources: [{id: jalan, url: "https://jalan.example.id/feed/"}]}
feeds:
  pilihan: {sources: [kawat]}
"""


def added(text: str, loads: Loads, *outlines: Outline, category: str = "") -> Additions:
    settings, document = loads(text), read(text.encode(), {}, name="x")
    return Importer(settings, document, text.split("\n")).additions(outlines, category=category)


def placed(text: str, loads: Loads, *outlines: Outline, category: str = "") -> Settings:
    """Return the settings of ``text`` with what ``outlines`` add to it in its place."""
    found = added(text, loads, *outlines, category=category)
    assert all(block.below for block in found.blocks)
    whole = insert(text.split("\n"), found.blocks)
    assert [line for line in whole.split("\n") if line in text.split("\n")] == text.split("\n")
    return loads(whole)


def sources(settings: Settings) -> dict[str, list[str]]:
    return {each.id: [source.id for source in each.sources] for each in settings.categories}


def a_feed(name: str, *folder: str, title: str = "", url: str = "") -> Outline:
    return Outline(url=url or f"https://{name}.example.id/rss", title=title or name, folder=folder)


def test_what_is_new_has_its_place_among_what_is_there(loads: Loads) -> None:
    new = (
        a_feed("satu", "laut & pelabuhan"),
        a_feed("dua", "Laut"),
        a_feed("tiga", "Udara"),
        a_feed("empat"),
    )
    assert sources(placed(THERE, loads, *new)) == {
        "udara": ["tiga"],
        "imported": ["empat"],
        "laut": ["satu", "dua", "pelabuhan", "kawat"],
        "darat": ["jalan"],
    }
    one = placed(THERE, loads, *new, category="laut")
    assert sources(one)["laut"] == ["satu", "dua", "tiga", "empat", "pelabuhan", "kawat"]
    assert sources(placed(THERE, loads, *new, category="baru"))["baru"] == ["satu", "dua", "tiga", "empat"]


@pytest.mark.parametrize(
    "text",
    [
        "categories: {laut: {sources: [{id: a, url: https://a.id/f}]}}",
        "categories:\n  laut: {sources: [{id: a, url: https://a.id/f}]}",
        "categories:\n  laut:\n    sources:\n      [{id: a, url: https://a.id/f}]",
        "categories:\n  laut:\n    sources: &all\n    - {id: a, url: https://a.id/f}",
        "categories:\n  laut:\n    sources: [\n    {id: a, url: https://a.id/f}]",
    ],
)
def test_where_there_is_no_place_none_is_named(text: str, loads: Loads) -> None:
    text = f"service: {{timezone: Asia/Jakarta}}\n{text}\n"
    [block] = added(text, loads, a_feed("baru"), category="laut").blocks
    assert (block.category, block.below) == ("laut", 0)


def test_without_a_configuration_it_is_the_part_of_one(loads: Loads) -> None:
    [block] = Importer(None, None, []).additions([a_feed("satu", "Udara"), a_feed("dua", "Udara")]).blocks
    assert (block.category, block.below) == ("", 0)
    assert block.text == (
        "categories:\n  udara:\n    title: Udara\n    sources:\n"
        "      - id: satu\n        title: satu\n        url: https://satu.example.id/rss\n"
        "      - id: dua\n        title: dua\n        url: https://dua.example.id/rss\n"
    )
    assert sources(loads(f"service: {{timezone: Asia/Jakarta}}\n{block.text}")) == {"udara": ["satu", "dua"]}


def test_what_is_there_already_or_twice_or_has_no_address_is_told(loads: Loads) -> None:
    found = added(
        THERE,
        loads,
        a_feed("a", title="Lagi", url="http://PELABUHAN.example.id:80/feed?utm_medium=y"),
        a_feed("b"),
        a_feed("c", url="https://b.example.id/rss/#top"),
        a_feed("d", url="https://muka.example.id"),
        a_feed("e", url="http://muka.example.id/"),
        a_feed("f", url="https://sari:rahasia@f.example.id/rss"),
        Outline(url="https://sari:rahasia@g.example.id/rss"),
        a_feed("h", url="javascript:alert(1)"),
        a_feed("i", url="https://i.example.id/a b"),
        a_feed("j", url="https://[j"),
    )
    assert found.sources == ("b-example-id", "muka-example-id")
    assert [line.partition(":")[0] for line in found.told] == [
        "'Lagi'", "'c'", "'e'", "'f'", "'g.example.id'", "'h'", "'i'", "'j'",
    ]  # fmt: skip
    assert found.told[0].endswith("is there already, as 'pelabuhan'")
    assert "rahasia" not in "".join(found.told)


def test_names_are_free_and_those_of_feeds_are_refused(loads: Loads) -> None:
    new = (
        a_feed("x1", "all", title="Kawat"),
        a_feed("x2", "source", title="Kawat"),
        a_feed("x3", "Pilihan", title="細雪"),
        a_feed("x4", "細雪"),
        Outline(url="https://192.0.2.1/rss", folder=("A" * 70,)),
    )
    assert sources(placed(THERE, loads, *new)) == {
        "all-2": ["kawat-2"],
        "source-2": ["kawat-3"],
        "pilihan-2": ["x3-example-id"],
        "category": ["x4"],
        "a" * 40: ["192-0-2-1"],
        "laut": ["pelabuhan", "kawat"],
        "darat": ["jalan"],
    }
    for name in ("all", "pilihan", "source", "Huruf Besar"):
        with pytest.raises(values.SettingError):
            added(THERE, loads, category=name)


awkward = st.sampled_from([
    "No", "null", "1.5", "0x1F", "a: b", "a #b", "- a", "'a", '"a', "a:", "&a", "*a", "!a", "%a", "@a", "`a",
    "{a}", "[a]", "${HOME}", "$${HOME}", "${", "a\\b", "~", "<<", "é", "\ufeffx", "\x85", "a\u2028b",
    "x" * 300,
    "2024-01-01", "https://a.id/", "?", "? a", "|", ">", "=", "細雪", "🚢", "a - b", "on", "?a", "-", "..",
])  # fmt: skip


@given(titles=st.lists(awkward | st.text(max_size=20), min_size=1, max_size=6), path=st.text(max_size=20))
@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_whatever_a_list_says_is_taken_as_it_is(titles: list[str], path: str, loads: Loads) -> None:
    """Any titles and addresses make lines that are accepted, and mean what the list said."""
    new = [
        Outline(url=f"https://h{number}.example.id/{path}", title=title, folder=(title,))
        for number, title in enumerate(titles)
    ]
    found = Importer(None, None, []).additions(new)
    if not found.blocks:
        assert len(found.told) == len(new)
        return
    settings = loads("service: {timezone: Asia/Jakarta}\n" + found.blocks[0].text)
    read_back = {source.url: source.title for each in settings.categories for source in each.sources}
    assert len(read_back) == len(titles)
    for outline in new:
        title = read_back[outline.url.strip()]
        assert title in (outline.title.strip(), "")
        assert title or not outline.title.isprintable() or not outline.title.strip()


SECRETS = """\
service: {title: "${SITE}", timezone: Asia/Jakarta, base_url: https://feeds.example.id}
categories:
  laut:
    title: "Laut ${TITLE:-x}"
    sources:
      - {id: biasa, url: https://a.example.id/feed/}
      - {id: kunci, url: "https://b.example.id/feed/?api_key=rahasia"}
      - {id: variabel, url: "https://c.example.id/${PATH_PART:-rahasia}/feed/"}
      - {id: kepala, url: https://d.example.id/feed/, headers: {Authorization: "Bearer rahasia"}}
      - {id: judul, title: "${TITLE:-x}", url: https://e.example.id/feed/}
      - {id: daftar, url: https://f.example.id/, type: html, select: {item: li}}
      - {id: json, type: json, url: https://g.example.id/feed.json}
  udara:
    sources: [{id: satu, title: Satu, url: "https://h.example.id/$${X}"}]
"""


def test_secrets_and_what_others_cannot_read_stay_here(loads: Loads) -> None:
    environ = {"SITE": "rahasia", "TITLE": "rahasia"}
    states = {
        "biasa": SourceState(id="biasa", title="Judul sendiri", home="https://a.example.id/"),
        "kepala": SourceState(id="kepala", home="https://d.example.id/?token=rahasia"),
        "judul": SourceState(id="judul", home="javascript:alert(1)"),
    }
    shared = shareable(SECRETS.encode(), loads(SECRETS, environ), states)
    assert "rahasia" not in repr(shared)
    assert shared.title == ""
    assert shared.outlines == [
        Outline(
            url="https://a.example.id/feed/",
            title="Judul sendiri",
            home="https://a.example.id/",
            folder=("laut",),
        ),
        Outline(url="https://d.example.id/feed/", title="kepala", folder=("laut",)),
        Outline(url="https://e.example.id/feed/", title="judul", folder=("laut",)),
        Outline(url="https://g.example.id/feed.json", title="json", folder=("laut",)),
        Outline(url="https://h.example.id/${X}", title="Satu", folder=("udara",)),
    ]
    assert [line.partition(":")[0] for line in shared.told] == ["kunci", "variabel", "kepala", "daftar"]
    assert shared.told[-1].endswith("ours of it is https://feeds.example.id/feeds/source/daftar.rss")


words = st.text("aé細&<>\"';#:-{}$[]!%@`0x ~,", min_size=1, max_size=12).map(
    lambda text: " ".join(text.split())
)
titles = words.filter(lambda text: text not in ("", "0") and "@" not in text)
paths = st.sampled_from(["rss", "?a=1&b=2", "", '?q=\'"x"', "ü%20"])
configurations = st.lists(
    st.tuples(titles, st.lists(st.tuples(titles, paths), min_size=1, max_size=3)),
    min_size=1,
    max_size=4,
    unique_by=lambda category: category[0].casefold(),
)


@given(made=configurations)
@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_what_is_handed_on_and_taken_over_is_the_same(made: list[Any], loads: Loads) -> None:
    """A list of all sources makes a configuration of the same sources, in the same categories."""
    categories = {
        f"c{number}": {
            "title": title.replace("${", "$${"),
            "sources": [
                {"id": f"s{number}-{place}", "title": name.replace("${", "$${"),
                 "url": f"https://h{number}-{place}.example.id/{path}"}
                for place, (name, path) in enumerate(some)
            ],
        }
        for number, (title, some) in enumerate(made)
    }  # fmt: skip
    text = json.dumps({"service": {"timezone": "Asia/Jakarta"}, "categories": categories})
    settings = loads(text)
    shared = shareable(text.encode(), settings, {})
    assert shared.told == []
    listed = read_list(subscriptions(shared.title, shared.outlines, changed_at=AT))
    assert listed.faults == ()
    [block] = Importer(None, None, []).additions(listed.feeds).blocks
    again = loads(f"service: {{timezone: Asia/Jakarta}}\n{block.text}")
    assert essence(again) == essence(settings)


def essence(settings: Settings) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (each.title, [(source.title, source.url) for source in each.sources]) for each in settings.categories
    ]
