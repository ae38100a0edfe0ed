"""Every kind of mistake, with the exact line an operator reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ConfigError
from aggregator.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Finds = Callable[..., list[str]]

S = "service: {timezone: Asia/Jakarta}\n"
C = "categories: {news: {sources: [{id: one, url: https://one.example.id/}]}}\n"
#: The source begins at 2:32, after this.
SOURCE = S + "categories: {news: {sources: [{id: one, url: https://one.example.id/, %s}]}}\n"
AT = "2:71: categories.news.sources[0]"


def service(text: str) -> str:
    return "service: {timezone: Asia/Jakarta, " + text + "}\n" + C


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "service: {timezone: Asia/Jakarta, titel: x}\n" + C,
            ["1:35: service.titel: unknown key; did you mean 'title'?"],
            id="unknown key",
        ),
        pytest.param(S + C + "zzz: 1\n", ["3:1: zzz: unknown key"], id="unknown key, nothing near"),
        pytest.param(
            S + C + "fetch:\n  timeuot:\n",
            ["4:3: fetch.timeuot: unknown key; did you mean 'timeout'?"],
            id="unknown key without a value",
        ),
        pytest.param(S + C + "partners: {}\n", ["3:1: partners: not in this version yet: remove it"], id="later"),
        pytest.param(SOURCE % "filters: []", [f"{AT}.filters: not in this version yet: remove it"], id="filters"),
        pytest.param(
            S + C + "defaults: {zone_fix: auto}\n",
            ["3:12: defaults.zone_fix: not in this version yet: remove it"],
            id="zone_fix",
        ),
        pytest.param(
            S + C + "engine: queue\n",
            ["3:9: engine: 'queue' is not in this version yet: use 'inprocess'"],
            id="engine of a later version",
        ),
        pytest.param(
            SOURCE % "type: sitemap",
            ["2:77: categories.news.sources[0].type: 'sitemap' is not in this version yet: use 'feed', 'html' or 'json'"],
            id="type of a later version",
        ),
        pytest.param(
            SOURCE % "type: jsn",
            ["2:77: categories.news.sources[0].type: must be 'feed', 'html' or 'json', not 'jsn'; did you mean 'json'?"],
            id="unknown type",
        ),
        pytest.param(
            SOURCE % "type: html",
            ["2:77: categories.news.sources[0].select: is required with type html: say what its items are"],
            id="html without select",
        ),
        pytest.param(
            SOURCE % "select: {item: li}",
            [f"{AT}.select: is only read with type html: add type: html"],
            id="select without html",
        ),
        pytest.param(
            SOURCE % "type: html, select: {title: h2}",
            ["2:91: categories.news.sources[0].select.item: is required, and missing"],
            id="select without item",
        ),
        pytest.param(
            SOURCE % "future: never",
            ["2:79: categories.news.sources[0].future: must be 'clamp' or 'hold', not 'never'"],
            id="future",
        ),
        pytest.param(
            SOURCE % "zones: {IST: +0530}",
            ["2:84: categories.news.sources[0].zones.IST: must be an offset such as \"+05:30\", not 530"],
            id="an offset that YAML reads as a number",
        ),
        pytest.param(
            SOURCE % "zones: {ist: '+05:30'}",
            ["2:79: categories.news.sources[0].zones.ist: 'ist' is not an abbreviation of a time zone such as IST"],
            id="abbreviation",
        ),
        pytest.param(
            SOURCE % "headers: {X-Key: 12}",
            ["2:88: categories.news.sources[0].headers.X-Key: must be text: put it in quotes"],
            id="header that is no text",
        ),
        pytest.param(
            SOURCE % 'headers: {X-Key: "a\\nb"}',
            [
                "2:88: categories.news.sources[0].headers.X-Key: must not hold control characters or line breaks",
            ],
            id="header with a line break",
        ),
        pytest.param(
            SOURCE % "headers: {X Key: a}",
            ["2:81: categories.news.sources[0].headers.'X Key': 'X Key' is not the name of an HTTP header"],
            id="header's name",
        ),
        pytest.param(
            SOURCE % "priority: 1.5",
            ["2:81: categories.news.sources[0].priority: must be a whole number from -1000 to 1000, not 1.5"],
            id="no whole number",
        ),
        pytest.param(
            SOURCE % "language: Bahasa Indonesia",
            [
                "2:81: categories.news.sources[0].language: "
                "'Bahasa Indonesia' is not a language tag: write one such as id or en-GB"
            ],
            id="language",
        ),
        pytest.param(
            S + "categories: {news: {sources: [{id: One, url: one.example.id}]}}\n",
            [
                "2:36: categories.news.sources[0].id: 'One' cannot stand in an address: use lower-case letters, "
                "digits and hyphens, 63 at most, beginning with a letter or digit",
                "2:46: categories.news.sources[0].url: must be an http:// or https:// address, "
                "such as https://www.example.id/feed/",
            ],
            id="id and url",
        ),
        pytest.param(
            S + "categories: {news: {sources: [{id: one, url: 'https://me:secret@one.example.id/'}]}}\n",
            [
                "2:46: categories.news.sources[0].url: must not hold a name and password, "
                "for addresses are published: use headers"
            ],
            id="password in an address",
        ),
        pytest.param(
            S + "categories: {news: {sources: [{id: one, url: 'https://[one/'}]}}\n",
            ["2:46: categories.news.sources[0].url: must be an address such as https://www.example.id/feed/"],
            id="unreadable address",
        ),
        pytest.param(
            S + "categories: {news: {sources: [{id: one, url: http://a/}, {id: one, url: http://b/}]}}\n",
            [
                "2:63: categories.news.sources[1].id: another source has the id 'one' already, at 2:36: "
                "choose another"
            ],
            id="the same id twice",
        ),
        pytest.param(
            S + "categories: {a: {sources: [{id: x, url: http://a/}]}, b: {sources: [{id: x, url: http://b/}]}}\n",
            ["2:74: categories.b.sources[0].id: another source has the id 'x' already, at 2:33: choose another"],
            id="the same id in two categories",
        ),
        pytest.param(S + "categories: {}\n", ["2:13: categories: must not be empty"], id="no categories"),
        pytest.param(
            S + "categories: {news: {sources: []}}\n",
            ["2:30: categories.news.sources: must not be empty"],
            id="no sources",
        ),
        pytest.param(
            S + "categories: {news: {sources: {id: one}}}\n",
            ["2:30: categories.news.sources: must be a list, that is lines beginning with `- `"],
            id="no list",
        ),
        pytest.param(
            S + "categories: [news]\n",
            ["2:13: categories: must be a mapping, that is lines of `key: value`"],
            id="no mapping of names",
        ),
        pytest.param(
            S + "categories: {news: 12}\n",
            ["2:20: categories.news: must be a mapping, that is lines of `key: value`"],
            id="no mapping of keys",
        ),
        pytest.param(
            S + "categories: {News: {sources: [{id: one, url: http://a/}]}}\n",
            [
                "2:14: categories.News: 'News' cannot stand in an address: use lower-case letters, digits and "
                "hyphens, 63 at most, beginning with a letter or digit"
            ],
            id="name of a category",
        ),
        pytest.param(
            S + "categories: {source: {sources: [{id: one, url: http://a/}]}}\n",
            ["2:14: categories.source: 'source' is an address of its own: choose another name"],
            id="reserved name",
        ),
        pytest.param(
            S + "categories: {all: {sources: [{id: one, url: http://a/}]}}\n",
            ["2:14: categories.all: 'all' is the combined feed's name: choose another name"],
            id="a category all",
        ),
        pytest.param(
            S + C + "feeds: {archive: {}}\n",
            ["3:9: feeds.archive: 'archive' is an address of its own: choose another name"],
            id="reserved name of a feed",
        ),
        pytest.param(
            S + C + "feeds: {news: {}}\n",
            ["3:9: feeds.news: a category has this name already, at 2:14: choose another name"],
            id="a feed named as a category",
        ),
        pytest.param(
            S + C + "feeds: {all: {categories: [news, nesw]}}\n",
            ["3:34: feeds.all.categories[1]: there is no category 'nesw'; did you mean 'news'?"],
            id="unknown category",
        ),
        pytest.param(
            S + C + "feeds: {all: {categories: news}}\n",
            ["3:27: feeds.all.categories: must be \"*\" or a list of categories, not 'news'"],
            id="categories that are no list",
        ),
        pytest.param(
            S + "categories: {news: {every: 1m, cron: '* * * * *', sources: [{id: one, url: http://a/}]}}\n",
            ["2:32: categories.news.cron: excludes every: keep one of them"],
            id="every and cron",
        ),
        pytest.param(
            S + "categories: {news: {cron: '* 25 * * *', sources: [{id: one, url: http://a/}]}}\n",
            ["2:27: categories.news.cron: hour '25': must be from 0 to 23"],
            id="cron",
        ),
        pytest.param(
            S + C + "defaults: {every: 15, limit: many, keep: true}\n",
            [
                "3:19: defaults.every: must be a duration with its unit, not 15: write 15s, 15m, 15h or 15d",
                "3:30: defaults.limit: must be a whole number from 1 to 1000, not 'many'",
                "3:42: defaults.keep: must be a duration with its unit, not true: write 15s, 15m, 15h or 15d",
            ],
            id="defaults",
        ),
        pytest.param(
            S + C + "defaults: {every: 0s, limit: 1001}\n",
            ["3:19: defaults.every: must be from 1s to 3650d, not 0s", "3:30: defaults.limit: must be from 1 to 1000, not 1001"],
            id="out of range",
        ),
        pytest.param(
            S + C + "fetch: {timeout: 2h, max_bytes: 10, per_host: true, allow_private_networks: [10.0.0.1/8]}\n",
            [
                "3:18: fetch.timeout: must be from 1s to 1h, not 2h",
                "3:33: fetch.max_bytes: must be a size with its unit, not 10: write 512KB, 10MB or 4MiB",
                "3:47: fetch.per_host: must be a whole number from 1 to 32, not true",
                "3:78: fetch.allow_private_networks[0]: "
                "'10.0.0.1/8' is no range of addresses: write one such as 10.0.0.0/8",
            ],
            id="fetch",
        ),
        pytest.param(
            S + C + "fetch: {max_bytes: 2GB}\n", ["3:20: fetch.max_bytes: must be from 1KB to 1GB, not 2GB"], id="size"
        ),
        pytest.param(
            S + C + "database: {url: 'postgres://me:secret@db/x'}\n",
            ["3:17: database.url: must name its driver: begin it with postgresql+psycopg://"],
            id="database without its driver",
        ),
        pytest.param(
            S + C + "database: {url: 'mysql://me:secret@db/x'}\n",
            ["3:17: database.url: must begin with sqlite:/// or postgresql+psycopg://"],
            id="database of another kind",
        ),
        pytest.param(
            S + C + "database: {url: 'sqlite:///x', url_file: y}\n",
            ["3:32: database.url_file: excludes url: keep one of them"],
            id="two databases",
        ),
        pytest.param(
            S + C + "database: {url_file: missing}\n",
            ["3:22: database.url_file: 'missing' cannot be read: No such file or directory"],
            id="no such file",
        ),
        pytest.param(
            C + "service: {title: x}\n", ["2:10: service.timezone: is required, and missing"], id="no timezone"
        ),
        pytest.param(
            C + "service: {timezone: WIB}\n",
            ["2:21: service.timezone: 'WIB' is not an IANA time zone: write Asia/Jakarta"],
            id="an Indonesian abbreviation",
        ),
        pytest.param(
            C + "service: {timezone: asia/jakrta}\n",
            [
                "2:21: service.timezone: 'asia/jakrta' is not an IANA time zone such as Asia/Jakarta; "
                "did you mean 'Asia/Jakarta'?"
            ],
            id="misspelt zone",
        ),
        pytest.param(service("title: 2024"), ["1:42: service.title: must be text, and 2024 is not: put it in quotes"], id="number"),
        pytest.param(service("title: ' '"), ["1:42: service.title: must not be empty"], id="blank"),
        pytest.param(
            service('title: "a\\tb"'), ["1:42: service.title: must be one line, without control characters"], id="tab"
        ),
        pytest.param(service("title: [a]"), ["1:42: service.title: must be text"], id="list for text"),
        pytest.param(service("tag_date: 2024-02-30"), ["1:45: service.tag_date: '2024-02-30' is not a day: write it as 2024-01-31"], id="day"),
        pytest.param(
            service("tracking: [id, 'a b']"),
            [
                "1:46: service.tracking[0]: 'id' tells articles apart on many sites and is never dropped",
                "1:50: service.tracking[1]: 'a b' is not a parameter's name, nor the beginning of one with * after it",
            ],
            id="tracking",
        ),
        pytest.param(
            service("base_url: 'https://feeds.example.id/?x'"),
            ["1:45: service.base_url: must have no ? and no #: feeds' addresses begin with it"],
            id="base_url",
        ),
        pytest.param(
            service("listen: '8080'"),
            ["1:43: service.listen: '8080' is no host and port: write them as 127.0.0.1:8080 or [::1]:8080"],
            id="listen",
        ),
        pytest.param(
            service("listen: '0.0.0.0:8080'"),
            [
                "1:10: service.base_url: is required, since the service listens for other machines: "
                "write the address readers use"
            ],
            id="base_url wanting",
        ),
        pytest.param(
            service("listen: 'localhost:0'"),
            [
                "1:10: service.base_url: is required, since the port is not known before: "
                "write the address readers use"
            ],
            id="any port",
        ),
        pytest.param(
            service("title: '${NOPE}'"),
            ["1:42: service.title: the variable NOPE is not set: set it, or write ${NOPE:-default}"],
            id="unset variable",
        ),
        pytest.param(
            service("title: '${}'"),
            ["1:42: service.title: ${ begins a variable, ${NAME} or ${NAME:-default}: write $${ for the characters"],
            id="broken variable",
        ),
        pytest.param(
            S + "<<: {}\n" + C, ["2:1: '<<': YAML 1.2 has no merge keys: repeat the keys"], id="merge key"
        ),
        pytest.param("", ["1:1: service: is required, and missing", "1:1: categories: is required, and missing"], id="empty file"),
        pytest.param("- a\n", ["1:1: must be a mapping, that is lines of `key: value`"], id="a list"),
    ],
)  # fmt: skip
def test_mistake(finds: Finds, text: str, expected: list[str]) -> None:
    assert finds(text) == expected


def test_all_mistakes_are_reported_in_the_order_of_the_file(finds: Finds) -> None:
    text = """\
categories:
  news:
    evry: 10m
    every: soon
    sources:
      - {id: one, url: ftp://one.example.id/}
service:
  timezone: Mars/Olympus
  timezone: Asia/Jakarta
  title: ${TITLE}
feeds:
  news: {}
"""
    assert finds(text) == [
        "3:5: categories.news.evry: unknown key; did you mean 'every'?",
        "4:12: categories.news.every: must be a duration with its unit, not 'soon': write 15s, 15m, 15h or 15d",
        "6:24: categories.news.sources[0].url: must be an http:// or https:// address, "
        "such as https://www.example.id/feed/",
        "8:13: service.timezone: 'Mars/Olympus' is not an IANA time zone such as Asia/Jakarta",
        "9:3: service.timezone: this key is there twice, first at 8:3: keep one",
        "10:10: service.title: the variable TITLE is not set: set it, or write ${TITLE:-default}",
        "12:3: feeds.news: a category has this name already, at 2:3: choose another name",
    ]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"AGGREGATOR_LISTEN": "8080"}, "AGGREGATOR_LISTEN: '8080' is no host and port: "
         "write them as 127.0.0.1:8080 or [::1]:8080"),
        ({"AGGREGATOR_BASE_URL": "feeds"}, "AGGREGATOR_BASE_URL: must be an http:// or https:// address, "
         "such as https://www.example.id/feed/"),
        ({"AGGREGATOR_DATABASE_URL": "x:secret"},
         "AGGREGATOR_DATABASE_URL: must begin with sqlite:/// or postgresql+psycopg://"),
        ({"AGGREGATOR_LOG_LEVEL": "warn"}, "AGGREGATOR_LOG_LEVEL: must be 'debug', 'info', 'warning' or 'error', "
         "not 'warn'; did you mean 'warning'?"),
        ({"AGGREGATOR_LOG_FORMAT": "xml"}, "AGGREGATOR_LOG_FORMAT: must be 'console' or 'json', not 'xml'"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_environment_names_the_variable(
    finds: Finds, environ: dict[str, str], expected: str
) -> None:
    assert finds(S + C, environ) == [expected]
    assert finds("x: 1\n" + S + C, environ) == ["1:1: x: unknown key", expected]


def test_a_secret_is_never_quoted(finds: Finds) -> None:
    text = S + C.replace("}]", ', headers: {X: "${TOKEN}"}, urll: "${TOKEN}"}]') + "database: {url: '${TOKEN}'}\n"
    mistakes = finds(text, {"TOKEN": "hush\x07hush"})
    assert len(mistakes) == 3
    assert not any("hush" in line for line in mistakes)


def test_a_database_address_in_a_file_is_checked(finds: Finds, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mysql://me:hush@db/x\n")
    assert finds(S + C + "database: {url_file: secret}\n") == [
        "3:22: database.url_file: the address in 'secret' must begin with sqlite:/// or postgresql+psycopg://"
    ]
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    assert finds(S + C + "database: {url_file: secret}\n") == ["3:22: database.url_file: 'secret' holds no text"]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value) == (
        f"{path}: there is no such file: `aggregator init {path}` writes one to begin with, "
        "and -c or AGGREGATOR_CONFIG names another"
    )


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})
