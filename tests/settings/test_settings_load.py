"""From a file to settings."""

from __future__ import annotations

from datetime import timedelta, timezone
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, example, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from aggregator.errors import ConfigError
from aggregator.model.feed import Feed, Site
from aggregator.model.source import Duplicates, Future, Kind, Retention, Select
from aggregator.rules.urls import Tracking
from aggregator.settings import FetchSettings, Settings, load, starter
from aggregator.settings.domain import well_known_tracking

if TYPE_CHECKING:
    from collections.abc import Callable

    Loads = Callable[..., Settings]

SHIPPED = Path(__file__).parents[2] / "config" / "aggregator.yaml"

#: Parameters by which some site tells its articles apart, or their languages, parts and listings.
TELLING = Path(__file__).with_name("telling.txt").read_text(encoding="utf-8").split()

FULL = """\
service:
  title: Kabar
  base_url: https://feeds.example.id/news/
  language: en
  timezone: Asia/Jakarta
  listen: "[::1]:9000"
  contact: ops@example.id
  tag_date: 2020-02-02
  tracking: [fbclid, ad_*]
database: {url: "postgresql+psycopg://me:pw@db/x"}
fetch:
  {timeout: 5s, max_bytes: 1MiB, per_host: 4, per_domain: 8, per_domain_rate: 50,
   allow_private_networks: [10.0.0.0/8, "::1"]}
engine: inprocess
defaults: {every: 5m, limit: 20, keep: 30d}
categories:
  logistik:
    title: Logistik
    cron: "*/10 6-22 * * *"
    timezone: Asia/Makassar
    language: id
    limit: 7
    sources:
      - id: harbour
        url: https://harbour.example.id/
        type: html
        title: Harbour
        select: {container: ul, item: li, title: h2, date: time@datetime}
        zones: {IST: "+05:30"}
        priority: 3
        headers: {Authorization: "Bearer ${TOKEN}"}
        future: hold
        keep: 1d
      - {id: ship, url: "https://ship.example.id/", every: 1h, timezone: UTC, language: en-GB}
  news:
    sources:
      - {id: one, url: "https://one.example.id/", type: json}
feeds:
  cargo: {title: Cargo, categories: [logistik], limit: 5, description: Ships and trucks}
  both: {categories: [news, logistik]}
"""


def test_the_least_configuration(loads: Loads, smallest: str) -> None:
    settings = loads(smallest)
    assert settings.site == Site(
        title="News", base_url="http://127.0.0.1:8080", language="id", tag_date="2024-01-01"
    )
    assert settings.listen == ("127.0.0.1", 8080)
    assert settings.contact == ""
    assert settings.database_url == "sqlite:///var/aggregator.db"
    assert settings.fetch == FetchSettings(
        timeout=timedelta(seconds=30),
        max_bytes=10_000_000,
        per_host=2,
        per_domain=4,
        per_domain_rate=5,
        allow_private_networks=(),
    )
    assert settings.timezone == ZoneInfo("Asia/Jakarta")
    (category,) = settings.categories
    assert (category.id, category.title, category.every, category.cron, category.limit) == (
        "news",
        "news",
        timedelta(minutes=15),
        "",
        50,
    )
    (source,) = category.sources
    assert (source.id, source.category, source.url) == ("one", "news", "https://one.example.id/feed/")
    assert (source.kind, source.every) == (None, timedelta(minutes=15))
    assert (source.tracking, source.gate, source.duplicates) == ((), 20, Duplicates.REPORT)
    assert source.robots
    assert settings.retentions == (Retention(sources=("one",), age=timedelta(days=90)),)
    assert (source.timezone, source.language, source.future) == (ZoneInfo("Asia/Jakarta"), "", Future.CLAMP)
    assert (settings.log_level, settings.log_format) == ("info", "console")


def test_a_full_configuration(loads: Loads) -> None:
    settings = loads(FULL, {"TOKEN": "hush"})
    assert settings.site == Site(
        title="Kabar", base_url="https://feeds.example.id/news", language="en", tag_date="2020-02-02"
    )
    assert settings.listen == ("::1", 9000)
    assert settings.contact == "ops@example.id"
    assert settings.database_url == "postgresql+psycopg://me:pw@db/x"
    assert settings.fetch == FetchSettings(
        timeout=timedelta(seconds=5),
        max_bytes=2**20,
        per_host=4,
        per_domain=8,
        per_domain_rate=50,
        allow_private_networks=(ip_network("10.0.0.0/8"), ip_network("::1")),
    )
    assert settings.tracking.count("fbclid") == 1
    assert settings.tracking[-1] == "ad_*"
    logistik, news = settings.categories
    assert (logistik.every, logistik.cron, logistik.limit) == (None, "*/10 6-22 * * *", 7)
    assert (news.every, news.cron, news.limit) == (timedelta(minutes=5), "", 20)
    harbour, ship = logistik.sources
    assert harbour.kind is Kind.HTML
    assert harbour.select == Select(container="ul", item="li", title="h2", date="time@datetime")
    assert harbour.zones == {"IST": "+05:30"}
    assert harbour.headers == {"Authorization": "Bearer hush"}
    assert (harbour.title, harbour.priority, harbour.future) == ("Harbour", 3, Future.HOLD)
    assert harbour.every is None
    assert (harbour.timezone.key, harbour.language) == ("Asia/Makassar", "id")
    assert (ship.timezone.key, ship.language) == ("UTC", "en-GB")
    assert ship.every == timedelta(hours=1)
    assert settings.retentions == (
        Retention(sources=("ship",), age=timedelta(days=30)),
        Retention(sources=("harbour",), age=timedelta(days=1)),
        Retention(sources=("one",), age=timedelta(days=30)),
    )
    (one,) = news.sources
    assert (one.kind, one.every, one.timezone.key) == (Kind.JSON, timedelta(minutes=5), "Asia/Jakarta")


def test_the_slowest_pace_is_four_times_the_fastest_where_nothing_is_said(loads: Loads) -> None:
    settings = loads("""\
service: {timezone: Asia/Jakarta}
categories:
  plain: {sources: [{id: a, url: "https://a.id/"}, {id: b, url: "https://b.id/", every: 6h}]}
  cron:
    cron: "0 6 * * *"
    sources: [{id: c, url: "https://c.id/"}, {id: d, url: "https://d.id/", every: 1h}]
""")
    paces = {each.id: each.every_max for category in settings.categories for each in category.sources}
    hour = timedelta(hours=1)
    assert paces == {"a": hour, "b": 24 * hour, "c": None, "d": 4 * hour}


def test_the_slowest_pace_is_taken_over_as_far_as_it_is_no_faster_one(loads: Loads) -> None:
    settings = loads("""\
service: {timezone: Asia/Jakarta}
defaults: {every_max: 2h}
categories:
  news:
    every_max: 3h
    sources:
      - {id: a, url: "https://a.id/"}
      - {id: b, url: "https://b.id/", every: 6h}
      - {id: c, url: "https://c.id/", every_max: 15m}
  rest: {sources: [{id: d, url: "https://d.id/"}]}
""")
    paces = {each.id: each.every_max for category in settings.categories for each in category.sources}
    hour = timedelta(hours=1)
    assert paces == {"a": 3 * hour, "b": 6 * hour, "c": hour / 4, "d": 2 * hour}


def test_what_is_said_of_dates_is_taken_over_from_the_category_and_from_the_defaults(loads: Loads) -> None:
    settings = loads("""\
service: {timezone: Asia/Jakarta}
defaults: {article: true, zone_fix: auto}
categories:
  one:
    article: false
    zone_fix: +08:00
    sources:
      - {id: a, url: "https://a.example.id/"}
      - {id: b, url: "https://b.example.id/", article: true, zone_fix: off}
      - {id: c, url: "https://c.example.id/", zone_fix: Europe/Berlin, article: "${ARTICLE}"}
      - {id: d, url: "https://d.example.id/", zone_fix: "-03:30"}
  two: {sources: [{id: e, url: "https://e.example.id/"}]}
""", {"ARTICLE": "true"})  # fmt: skip
    told = {
        source.id: (source.article, source.learn_zone, source.zone_fix)
        for category in settings.categories
        for source in category.sources
    }
    assert told == {
        "a": (False, False, timezone(timedelta(hours=8))),
        "b": (True, False, None),
        "c": (True, False, ZoneInfo("Europe/Berlin")),
        "d": (False, False, timezone(-timedelta(hours=3, minutes=30))),
        "e": (True, True, None),
    }


def test_what_is_done_about_duplicates_and_floods_is_taken_over_likewise(loads: Loads) -> None:
    settings = loads("""\
service: {timezone: Asia/Jakarta}
defaults: {gate: off, duplicates: merge}
categories:
  one:
    gate: 5
    duplicates: off
    sources:
      - {id: a, url: "https://a.example.id/"}
      - {id: b, url: "https://b.example.id/", gate: off, duplicates: report}
      - {id: c, url: "https://c.example.id/", gate: "${GATE}", duplicates: merge}
  two: {sources: [{id: d, url: "https://d.example.id/"}]}
""", {"GATE": "10000"})  # fmt: skip
    told = {
        source.id: (source.gate, source.duplicates)
        for category in settings.categories
        for source in category.sources
    }
    assert told == {
        "a": (5, Duplicates.OFF),
        "b": (None, Duplicates.REPORT),
        "c": (10_000, Duplicates.MERGE),
        "d": (None, Duplicates.MERGE),
    }


def test_what_counts_clicks_adds_up(loads: Loads) -> None:
    settings = loads("""\
service: {timezone: Asia/Jakarta, tracking: [ad_*]}
categories:
  one:
    tracking: [from, ref]
    sources:
      - {id: a, url: "https://a.example.id/", tracking: [share, from]}
      - {id: b, url: "https://b.example.id/"}
  two: {sources: [{id: c, url: "https://c.example.id/"}]}
""")  # fmt: skip
    told = {source.id: source.tracking for category in settings.categories for source in category.sources}
    assert told == {"a": ("from", "ref", "share"), "b": ("from", "ref"), "c": ()}
    assert settings.tracking[-1] == "ad_*"
    assert not {"from", "ref", "share"} & set(settings.tracking)


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [
        pytest.param("90d", Retention(sources=("e", "f"), age=timedelta(days=90)), id="an age"),
        pytest.param(
            "700", Retention(sources=("e", "f"), newest=700), id="a number, each category by itself"
        ),
    ],
)
def test_what_is_kept_counts_the_sources_of_a_category_together(
    loads: Loads, defaults: str, expected: Retention
) -> None:
    settings = loads(f"""\
service: {{timezone: Asia/Jakarta}}
defaults: {{keep: {defaults}}}
categories:
  one:
    keep: 500
    sources:
      - {{id: a, url: "https://a.example.id/"}}
      - {{id: b, url: "https://b.example.id/", keep: 7d}}
      - {{id: c, url: "https://c.example.id/"}}
      - {{id: d, url: "https://d.example.id/", keep: "${{KEPT}}"}}
  two: {{sources: [{{id: e, url: "https://e.example.id/"}}, {{id: f, url: "https://f.example.id/"}}]}}
  three: {{sources: [{{id: g, url: "https://g.example.id/", keep: 500}}]}}
""", {"KEPT": "20"})  # fmt: skip
    assert settings.retentions == (
        Retention(sources=("a", "c"), newest=500),
        Retention(sources=("b",), age=timedelta(days=7)),
        Retention(sources=("d",), newest=20),
        expected,
        Retention(sources=("g",), newest=500),
    )


def test_secrets_are_not_in_the_settings_repr(loads: Loads) -> None:
    text = repr(loads(FULL, {"TOKEN": "hush"}))
    assert "hush" not in text
    assert "me:pw" not in text


def test_every_published_feed_is_listed(loads: Loads) -> None:
    settings = loads(FULL, {"TOKEN": "x"})
    assert [(feed.name, feed.page, feed.limit, feed.backfill, feed.sources) for feed in settings.feeds] == [
        ("all", "/", 100, False, ("harbour", "ship", "one")),
        ("cargo", "/", 5, False, ("harbour", "ship")),
        ("both", "/", 100, False, ("harbour", "ship", "one")),
        ("logistik", "/c/logistik/", 7, True, ("harbour", "ship")),
        ("news", "/c/news/", 20, True, ("one",)),
        ("source/harbour", "/c/logistik/", 7, True, ("harbour",)),
        ("source/ship", "/c/logistik/", 7, True, ("ship",)),
        ("source/one", "/c/news/", 20, True, ("one",)),
    ]
    assert [(feed.title, feed.description) for feed in settings.feeds] == [
        ("Kabar", "Kabar"),
        ("Cargo", "Ships and trucks"),
        ("both", "both · Kabar"),
        ("Logistik", "Logistik · Kabar"),
        ("news", "news · Kabar"),
        ("Harbour", "Harbour · Kabar"),
        ("ship", "ship · Kabar"),
        ("one", "one · Kabar"),
    ]


def test_all_comes_first_wherever_it_is_written(loads: Loads, smallest: str) -> None:
    settings = loads(smallest + "feeds:\n  more: {}\n  all: {title: Semua, limit: 9}\n")
    assert settings.feeds[0] == Feed(
        name="all",
        title="Semua",
        description="Semua · News",
        sources=("one",),
        limit=9,
        page="/",
        backfill=False,
    )
    assert settings.feeds[1].name == "more"


CHOSEN = """\
service: {timezone: Asia/Jakarta}
defaults: {source_line: true}
categories:
  news: {sources: [{id: one, url: "https://one.example.id/"}, {id: two, url: "https://two.example.id/"}]}
  more: {sources: [{id: three, url: "https://three.example.id/"}]}
feeds:
  some: {sources: [two]}
  both: {categories: [more], sources: [two]}
  port:
    language: id
    words: [Pelabuhan, Tanjung Priok, kapal*]
    without: [sepak bola]
    content: summary
    source_line: false
    limit: 9
"""


def test_a_feed_of_one_s_own(loads: Loads) -> None:
    feeds = {feed.name: feed for feed in loads(CHOSEN).feeds}
    assert {name: feeds[name].sources for name in ("all", "some", "both", "port")} == {
        "all": ("one", "two", "three"),
        "some": ("two",),
        "both": ("two", "three"),
        "port": ("one", "two", "three"),
    }
    port = feeds["port"]
    assert (port.language, port.words, port.without) == (
        "id",
        ("Pelabuhan", "Tanjung Priok", "kapal*"),
        ("sepak bola",),
    )
    assert (port.extent, port.source_line, port.limit, port.picks) == ("summary", False, 9, True)
    assert {name for name, feed in feeds.items() if not feed.source_line} == {"port"}
    assert not feeds["some"].picks


def test_a_key_without_a_value_is_as_if_not_written(loads: Loads, smallest: str) -> None:
    text = (
        smallest.replace("timezone:", "language:\n  timezone:")
        + "fetch:\nfeeds:\ndefaults: {every: , limit: 3}\n"
    )
    settings = loads(text)
    assert settings.site.language == "id"
    assert settings.categories[0].limit == 3
    assert settings.categories[0].every == timedelta(minutes=15)


def test_numbers_may_come_from_variables(loads: Loads, smallest: str) -> None:
    settings = loads(smallest + "defaults: {limit: '${LIMIT}', every: '${EVERY:-7m}'}\n", {"LIMIT": "12"})
    assert settings.categories[0].limit == 12
    assert settings.categories[0].every == timedelta(minutes=7)


def test_the_environment_overrides_the_file(loads: Loads) -> None:
    environ = {
        "TOKEN": "x",
        "AGGREGATOR_DATABASE_URL": "sqlite:////tmp/x.db",
        "AGGREGATOR_LISTEN": "0.0.0.0:80",
        "AGGREGATOR_BASE_URL": "https://elsewhere.example.id/",
        "AGGREGATOR_LOG_LEVEL": "DEBUG",
        "AGGREGATOR_LOG_FORMAT": "json",
    }
    settings = loads(FULL, environ)
    assert settings.database_url == "sqlite:////tmp/x.db"
    assert settings.listen == ("0.0.0.0", 80)  # a value that was read, nothing listens
    assert settings.site.base_url == "https://elsewhere.example.id"
    assert (settings.log_level, settings.log_format) == ("debug", "json")


def test_an_empty_override_is_as_if_not_set(loads: Loads) -> None:
    empty = dict.fromkeys(("DATABASE_URL", "LISTEN", "BASE_URL", "LOG_LEVEL", "LOG_FORMAT"), "")
    environ = {"TOKEN": "x", **{f"AGGREGATOR_{name}": value for name, value in empty.items()}}
    assert loads(FULL, environ) == loads(FULL, {"TOKEN": "x"})


def test_overrides_need_no_section_in_the_file(loads: Loads, smallest: str) -> None:
    settings = loads(smallest, {"AGGREGATOR_DATABASE_URL": "sqlite:///x.db"})
    assert settings.database_url == "sqlite:///x.db"


def test_the_databases_address_can_stand_in_a_file(loads: Loads, smallest: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("postgresql+psycopg://me:pw@db/x\n")
    text = smallest + "database: {url_file: secret}\n"
    assert loads(text).database_url == "postgresql+psycopg://me:pw@db/x"
    assert loads(text, {"AGGREGATOR_DATABASE_URL": "sqlite:///x"}).database_url == "sqlite:///x"


def test_the_starter_loads_without_mistakes(loads: Loads) -> None:
    settings = loads(starter())
    assert [category.id for category in settings.categories] == ["news"]
    assert settings.feeds[0].title == "My news"


def test_what_the_starter_has_commented_out_loads_too(loads: Loads) -> None:
    text = starter().replace("# base_url", "base_url").replace("# contact", "contact")
    text = text.replace("      # - id", "      - id").replace("      #   ", "        ")
    text = text.replace("# database:\n#   url", "database:\n  url")
    text = text.replace("# partners:", "partners:").replace("\n#   ", "\n  ")
    settings = loads(text, {"DATABASE_PASSWORD": "pw"})
    assert settings.database_url == "postgresql+psycopg://user:pw@localhost/aggregator"
    assert settings.site.base_url == "https://feeds.example.id"
    assert [source.id for source in settings.categories[0].sources] == ["antara", "harbour"]
    assert [(each.id, each.feeds) for each in settings.partners] == [("warta", ("all",))]


def test_the_shipped_configuration(tmp_path: Path) -> None:
    settings = load(SHIPPED, {})
    assert {category.id: category.title for category in settings.categories} == {
        "news": "News",
        "logistik": "Logistik",
        "ruang-sujud": "Ruang Sujud",
        "sportechment": "Sportechment",
    }
    text = SHIPPED.read_text(encoding="utf-8")
    listing = text.replace("      # - id", "      - id").replace("      #   ", "        ")
    path = tmp_path / "with-listing.yaml"
    path.write_text(listing, encoding="utf-8")
    logistik = load(path, {"KABAR_TOKEN": "x"}).categories[1]
    assert [source.kind for source in logistik.sources] == [None, None, None, Kind.HTML]


def test_our_list_of_tracking_parameters(loads: Loads, smallest: str) -> None:
    patterns = loads(smallest).tracking
    tracking = Tracking.of(patterns)
    assert patterns == well_known_tracking()
    assert [pattern for pattern in patterns if pattern != pattern.lower()] == []
    assert len(patterns) == len(set(patterns)) >= 150
    assert all(tracking.has(name) for name in ("utm_source", "UTM_X", "fbclid", "gclid", "mtm_campaign"))
    assert all(
        tracking.has(name) for name in ("WT.mc_id", "ScCid", "spMailingID", "elqTrackId", "__cft__[0]")
    )
    assert [name for name in TELLING if tracking.has(name)] == []


def test_nothing_stands_twice_in_our_list_of_tracking_parameters() -> None:
    patterns = well_known_tracking()
    covered = [
        (pattern, other)
        for pattern in patterns
        for other in patterns
        if other.endswith("*") and other != pattern and pattern.rstrip("*").startswith(other[:-1])
    ]
    assert covered == []


words = st.sampled_from(
    ["service", "timezone", "Asia/Jakarta", "categories", "sources", "feeds", "all", "id", "url", "http://a/",
     "every", "${X}", "${", "*a", "&a", "<<", "!!x", "---", "[", "]", "{", "}", ": ", "- ", "\n", "\n  ", "'",
     "limit", "12", "~", "true", "|", "\t", "#", "1" * 5000, "cron", "* * * * *", "database", "url_file"]
)  # fmt: skip
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)
shaped = st.fixed_dictionaries(
    {},
    optional={
        "service": junk,
        "database": junk,
        "fetch": junk,
        "defaults": junk,
        "feeds": junk,
        "categories": st.dictionaries(
            words, st.fixed_dictionaries({"sources": st.lists(st.dictionaries(words, junk), max_size=3)})
        ),
    },
)
anything = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(words, max_size=40).map(lambda parts: "".join(parts).encode()),
    shaped.map(lambda data: yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "replace")),
)


@given(content=anything)
@limits(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    content=b"service: {timezone: Asia/Jakarta}\ncategories: {a: {sources: [{id: a, url: 'http://a/'}]}}"
)
def test_nothing_but_config_errors_comes_of_any_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(content)
    try:
        mistakes: tuple[str, ...] = ()
        load(path, {"X": "x"})
    except ConfigError as error:
        mistakes = error.mistakes or ("none told",)
    assert [line for line in mistakes if not line.startswith(f"{path}:") or not line.isprintable()] == []
