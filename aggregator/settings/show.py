"""Show settings: the effective configuration, its JSON Schema, and the starter that ``init`` writes."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aggregator.settings import values
from aggregator.settings.forms import OR_VARIABLE
from aggregator.settings.load import load
from aggregator.settings.shape import PARTS, Config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aggregator.model.partner import Partner
    from aggregator.model.source import Category

MASK = "***"
#: To the last @, for what was not escaped in a password is no less secret.
_PASSWORD = re.compile(r"(://[^:/?#@]*:).*(@)")
#: Parameters of an address that are likely to be secrets.
_SECRET = re.compile(r"([?&][^=&#]*(?:key|token|secret|passw|auth|sig)[^=&#]*=)[^&#]*", re.IGNORECASE)


def effective(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the configuration in ``path`` as it takes effect: plain data, under the file's own keys.

    Defaults, the environment's overrides and what a source takes over from its category are filled in;
    ``keep`` on the category alone, for a number on a source would count its items by themselves. Passwords,
    the values of headers, partners' keys and secrets, and what looks like a secret in an address are masked.

    Raises:
        ConfigError: as ``load`` does.
    """
    settings = load(path, environ)
    shown = settings.config.model_dump(mode="json", exclude_none=True)
    shown["service"]["base_url"] = settings.site.base_url
    shown["database"]["url"] = masked(shown["database"]["url"])
    for category in settings.categories:
        shown["categories"][category.id].setdefault("keep", shown["defaults"]["keep"])
        _fill(shown["categories"][category.id], category)
    shown["feeds"] = {"all": {}, **shown["feeds"]}
    for feed in settings.feeds[: len(shown["feeds"])]:  # the combined ones come first
        written = shown["feeds"][feed.name]
        told = {"title": feed.title, "description": feed.description, "limit": feed.limit}
        told |= {"content": feed.extent.value, "source_line": feed.source_line}
        shown["feeds"][feed.name] = ({} if written.get("sources") else {"categories": "*"}) | written | told
    for partner in settings.partners:
        _disguise(shown["partners"][partner.id], partner)
    return shown


def schema() -> dict[str, Any]:
    """Return the configuration's JSON Schema (draft 2020-12), for editors."""
    made = Config.model_json_schema()
    parts = {"Config": made, **made["$defs"]}
    for model in PARTS.values():
        defaults = model.model_construct().model_dump(mode="json")
        properties = parts[model.__name__]["properties"]
        for name, described in properties.items():
            properties[name] = _tidied(described, defaults.get(name))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def starter() -> str:
    """Return the commented configuration that ``aggregator init`` writes."""
    return files("aggregator.settings").joinpath("starter.yaml").read_text(encoding="utf-8")


def _fill(shown: dict[str, Any], category: Category) -> None:
    """Put into ``shown``, a category as written, what it and its sources take over."""
    shown |= {"title": category.title, "limit": category.limit}
    if category.every:
        shown["every"] = values.spell_duration(category.every)
    for written, source in zip(shown["sources"], category.sources, strict=True):
        written["url"] = masked(source.url)
        written["timezone"] = str(source.timezone)
        written["gate"] = source.gate or "off"
        written["duplicates"] = source.duplicates.value
        written["tracking"] = list(source.tracking)
        written["robots"] = "respect" if source.robots else "ignore"
        written["article"] = source.article
        written["zone_fix"] = values.spell_zone_fix(
            source.zone_fix or ("auto" if source.learn_zone else "off")
        )
        written["headers"] = dict.fromkeys(source.headers, MASK)
        if source.every:
            written["every"] = values.spell_duration(source.every)
        if source.every_max:
            written["every_max"] = values.spell_duration(source.every_max)
        if source.language:
            written["language"] = source.language


def _disguise(shown: dict[str, Any], partner: Partner) -> None:
    """Mask in ``shown``, a partner as written, what nobody else may know."""
    shown["title"] = partner.title
    if "key" in shown:
        shown["key"] = [MASK for _ in shown["key"]]
    if partner.webhook:
        shown["webhook"]["url"] = masked(partner.webhook.url)
        shown["webhook"]["secret"] = [MASK for _ in partner.webhook.secrets]


def masked(address: str) -> str:
    """Return ``address`` without a password, and without what looks like a secret in its parameters."""
    return _SECRET.sub(rf"\g<1>{MASK}", _PASSWORD.sub(rf"\g<1>{MASK}\g<2>", address))


def _tidied(described: dict[str, Any], default: Any) -> dict[str, Any]:
    """Return a property of a JSON Schema as an operator would write it.

    Its default is spelled as in a file, "or null" goes (a key is left out instead), and where names
    are keys, other keys are refused.
    """
    plain = {key: value for key, value in described.items() if key not in {"default", "anyOf"}}
    choices = [choice for choice in described.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        plain = {**choices[0], "description": plain["description"]}
    elif choices:
        plain["anyOf"] = choices
    if "patternProperties" in plain:
        # A value may be a variable, a key may not.
        patterns = plain["patternProperties"].items()
        plain["patternProperties"] = {key.removesuffix(OR_VARIABLE): value for key, value in patterns}
        plain["additionalProperties"] = False
    if default is not None and not isinstance(default, dict):
        plain["default"] = default
    return plain
