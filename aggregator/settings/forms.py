"""The types of single values: how each is read, written back, and described to editors.

Reading is done by ``values``; here it is bound to a type that ``shape`` can use, with its JSON Schema.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from aggregator.model.feed import Part
from aggregator.model.partner import Rate as Allowance
from aggregator.settings import contracts, values
from aggregator.settings.cron import cron

#: Ends every pattern of the JSON Schema: a variable may stand for any part of a value.
OR_VARIABLE = r"|\$\{"


def _written(words: str, pattern: str = "", **keywords: Any) -> WithJsonSchema:
    """Describe a value for editors: ``words`` name its type; variables may stand for any part of it."""
    if pattern:
        keywords["pattern"] = f"^({pattern})${OR_VARIABLE}"
    return WithJsonSchema({"type": "string", "title": words, **keywords})


def _number(words: str, least: int, most: int, or_else: str = "") -> WithJsonSchema:
    """Describe a whole number for editors; a variable may stand for it, or a text that fits ``or_else``."""
    bounds = {"type": "integer", "minimum": least, "maximum": most}
    pattern = f"^({or_else})${OR_VARIABLE}" if or_else else r"\$\{"
    return WithJsonSchema({"title": words, "anyOf": [bounds, {"type": "string", "pattern": pattern}]})


_SPELL_DURATION = PlainSerializer(values.spell_duration)

Text: TypeAlias = Annotated[str, PlainValidator(values.text), _written("text", minLength=1)]
Name: TypeAlias = Annotated[str, PlainValidator(values.name), _written("name", values.NAME)]
Duration: TypeAlias = Annotated[
    timedelta,
    PlainValidator(values.duration),
    _SPELL_DURATION,
    _written("duration", values.DURATION, examples=["15m"]),
]
Timeout: TypeAlias = Annotated[
    timedelta,
    PlainValidator(partial(values.duration, most=timedelta(hours=1))),
    _SPELL_DURATION,
    _written("duration", values.DURATION, examples=["30s"]),
]
Size: TypeAlias = Annotated[
    int,
    PlainValidator(values.size),
    PlainSerializer(values.spell_size),
    _written("size", values.SIZE, examples=["10MB"]),
]
Limit: TypeAlias = Annotated[
    int, PlainValidator(partial(values.whole, least=1, most=1000)), _number("number", 1, 1000)
]
PerHost: TypeAlias = Annotated[
    int, PlainValidator(partial(values.whole, least=1, most=32)), _number("number", 1, 32)
]
Rate: TypeAlias = Annotated[
    int, PlainValidator(partial(values.whole, least=1, most=1000)), _number("number", 1, 1000)
]
Priority: TypeAlias = Annotated[
    int, PlainValidator(partial(values.whole, least=-1000, most=1000)), _number("number", -1000, 1000)
]
Zone: TypeAlias = Annotated[
    ZoneInfo,
    PlainValidator(values.zone),
    PlainSerializer(str),
    _written("time zone", examples=["Asia/Jakarta"]),
]
Language: TypeAlias = Annotated[
    str, PlainValidator(values.language), _written("language", values.LANGUAGE, examples=["id"])
]
Url: TypeAlias = Annotated[str, PlainValidator(values.url), _written("address", r"https?://.+")]
SiteUrl: TypeAlias = Annotated[str, PlainValidator(values.site_url), _written("address", r"https?://[^?#]+")]
Listen: TypeAlias = Annotated[
    tuple[str, int],
    PlainValidator(values.listen),
    PlainSerializer(values.spell_listen),
    _written("host:port", r".+:[0-9]{1,5}", examples=["127.0.0.1:8080"]),
]
DatabaseUrl: TypeAlias = Annotated[
    str,
    PlainValidator(values.database_url),
    _written("database address", r"(sqlite:///|postgresql\+psycopg://).+"),
]
Network: TypeAlias = Annotated[
    values.Network,
    PlainValidator(values.network),
    PlainSerializer(str),
    _written("range of addresses", examples=["10.0.0.0/8"]),
]
Day: TypeAlias = Annotated[
    str, PlainValidator(values.day), _written("day", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", examples=["2024-01-01"])
]
Cron: TypeAlias = Annotated[str, PlainValidator(cron), _written("cron", examples=["*/10 6-22 * * *"])]
Parameter: TypeAlias = Annotated[
    str, PlainValidator(values.parameter), _written("parameter", values.PARAMETER, examples=["ref", "ad_*"])
]
Abbreviation: TypeAlias = Annotated[
    str, PlainValidator(values.abbreviation), _written("abbreviation", values.ABBREVIATION)
]
Offset: TypeAlias = Annotated[str, PlainValidator(values.offset), _written("offset", values.OFFSET)]
HeaderName: TypeAlias = Annotated[str, PlainValidator(values.header), _written("header", values.HEADER)]
HeaderValue: TypeAlias = Annotated[str, PlainValidator(values.header_value), _written("text")]
EngineName: TypeAlias = Annotated[
    str,
    PlainValidator(partial(values.one_of, choices=("inprocess",), later=("queue",))),
    _written("choice", enum=["inprocess"]),
]
ExtentName: TypeAlias = Annotated[
    str,
    PlainValidator(partial(values.one_of, choices=("full", "summary", "none"))),
    _written("choice", enum=["full", "summary", "none"]),
]
Phrase: TypeAlias = Annotated[
    str, PlainValidator(values.phrase), _written("word", minLength=1, examples=["pelabuhan", "kapal*"])
]
KindName: TypeAlias = Annotated[
    str,
    PlainValidator(partial(values.one_of, choices=("feed", "html", "json", "sitemap", "wordpress"))),
    _written("choice", enum=["feed", "html", "json", "sitemap", "wordpress"]),
]
FutureName: TypeAlias = Annotated[
    str,
    PlainValidator(partial(values.one_of, choices=("clamp", "hold"))),
    _written("choice", enum=["clamp", "hold"]),
]
ZoneFix: TypeAlias = Annotated[
    values.ZoneFix,
    PlainValidator(values.zone_fix),
    PlainSerializer(values.spell_zone_fix),
    _written("off, auto or zone", examples=["auto", "+07:00", "Asia/Jakarta"]),
]
Keep: TypeAlias = Annotated[
    values.Keep,
    PlainValidator(values.keep),
    PlainSerializer(values.spell_keep),
    _number("duration or number", 1, values.MOST_KEPT, or_else=values.DURATION),
]
Gate: TypeAlias = Annotated[
    values.Gate,
    PlainValidator(values.gate),
    _number(f"1 to {values.WIDEST_GATE}, or off", 1, values.WIDEST_GATE, or_else="off"),
]
DuplicatesName: TypeAlias = Annotated[
    str,
    PlainValidator(partial(values.one_of, choices=("off", "report", "merge"))),
    _written("choice", enum=["off", "report", "merge"]),
]
RobotsName: TypeAlias = Annotated[
    str,
    PlainValidator(partial(values.one_of, choices=("respect", "ignore"))),
    _written("choice", enum=["respect", "ignore"]),
]
Truth: TypeAlias = Annotated[
    bool,
    PlainValidator(values.truth),
    WithJsonSchema(
        {"title": "true or false", "anyOf": [{"type": "boolean"}, {"type": "string", "pattern": r"\$\{"}]}
    ),
]
CategoryNames: TypeAlias = Annotated[
    tuple[str, ...],
    PlainValidator(values.every_or_names),
    PlainSerializer(values.spell_names),
    WithJsonSchema(
        {
            "title": "names",
            "anyOf": [{"const": "*"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        }
    ),
]

FeedNames: TypeAlias = Annotated[
    tuple[str, ...],
    PlainValidator(contracts.feeds),
    PlainSerializer(values.spell_names),
    WithJsonSchema(
        {
            "title": "names",
            "anyOf": [{"const": "*"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        }
    ),
]
Key: TypeAlias = Annotated[str, PlainValidator(contracts.key), _written("key", minLength=1)]
Secret: TypeAlias = Annotated[str, PlainValidator(contracts.secret), _written("secret", minLength=1)]
WebhookUrl: TypeAlias = Annotated[
    str, PlainValidator(contracts.webhook_url), _written("address", r"https?://.+")
]
PartName: TypeAlias = Annotated[
    str,
    PlainValidator(partial(values.one_of, choices=tuple(part.value for part in Part))),
    _written("choice", enum=[part.value for part in Part]),
]
Delay: TypeAlias = Annotated[
    timedelta,
    PlainValidator(partial(values.duration, least=timedelta(), most=timedelta(days=30))),
    _SPELL_DURATION,
    _written("duration", values.DURATION, examples=["1h"]),
]
LinkParameter: TypeAlias = Annotated[
    str, PlainValidator(contracts.link_parameter), _written("parameter", contracts.LINK_PARAMETER)
]
PartnerRate: TypeAlias = Annotated[
    Allowance,
    PlainValidator(contracts.rate),
    PlainSerializer(contracts.spell_rate),
    _written("number/unit", contracts.RATE, examples=["60/h"]),
]
Expiry: TypeAlias = Annotated[
    contracts.Expiry,
    PlainValidator(contracts.expiry),
    PlainSerializer(contracts.spell_expiry),
    _written("day or instant", contracts.EXPIRY, examples=["2027-01-31"]),
]
