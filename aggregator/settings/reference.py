"""Write ``docs/configuration.md`` from the configuration's schema, so that it cannot be out of date."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aggregator.settings.document import MAX_BYTES, MAX_DEPTH
from aggregator.settings.load import LOG_FORMATS, LOG_LEVELS
from aggregator.settings.shape import PARTS
from aggregator.settings.show import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION = f"""\
# Configuration

One YAML file says everything: `config/aggregator.yaml`, or the one that `-c` or `AGGREGATOR_CONFIG` names.
`aggregator init` writes a commented one to begin with. `aggregator check` reports every mistake at once, as
`file:line:column: path: message`; unknown keys are mistakes too, so nothing is silently ignored.
`aggregator config show` prints what takes effect, with secrets masked.

An editor with a YAML language server completes and checks the file while you type, when its first line is
`# yaml-language-server: $schema=./aggregator.schema.json` (`aggregator config schema` prints that file).

This page is made from the program itself (`aggregator.settings.reference`).

## How values are written

- **Durations** carry their unit: `90s`, `15m`, `6h`, `1d`.
- **Sizes** carry theirs: `512KB`, `10MB`, `1GB` count in thousands, `KiB`, `MiB`, `GiB` in 1024s.
- **Time zones** are IANA names: `Asia/Jakarta` (WIB), `Asia/Makassar` (WITA), `Asia/Jayapura` (WIT).
- **Names** of categories, sources and feeds stand in addresses: lower-case letters, digits and hyphens, at
  most 63; so do partners'. Keep them: ids of items are made from them.
- **YAML 1.2**: only `true` and `false` are truth values, so `yes`, `no` and `on` are text; `010` is ten.
  What begins with `*`, `&`, `{{`, `[`, `!`, `%` or `@` stands in quotes, as in `cron: "*/10 * * * *"`. A key
  that is left empty is as if not written. Anchors and aliases work; merge keys (`<<`) are not in YAML 1.2.
- A file has at most {MAX_BYTES // 1000:,} KB, {MAX_DEPTH} levels, and one document, in UTF-8.

## Variables and secrets

In any value, `${{NAME}}` stands for the environment variable of that name and `${{NAME:-default}}` for a
default where it is unset or empty; `$${{` is `${{` itself. Variables are put in after the file is read:
whatever they hold, it stays one value. In keys they mean nothing. A variable that is not set and has no
default is a mistake.

The database's address can also be read from a file, with `database.url_file`, and likewise partners' keys
and secrets, with `key_file` and `secret_file`.

## Environment

These override the file; one that is empty is as if not set.

| variable | instead of |
|---|---|
| `AGGREGATOR_CONFIG` | the option `-c` |
| `AGGREGATOR_DATABASE_URL` | `database.url` and `database.url_file` |
| `AGGREGATOR_LISTEN` | `service.listen` |
| `AGGREGATOR_BASE_URL` | `service.base_url` |
| `AGGREGATOR_LOG_LEVEL` | {", ".join(f"`{level}`" for level in LOG_LEVELS)}; `info` when not set |
| `AGGREGATOR_LOG_FORMAT` | {", ".join(f"`{form}`" for form in LOG_FORMATS)}; `console` when not set |
"""

HEADINGS = {
    (): "The file",
    ("categories",): "categories.{name}",
    ("categories", "sources"): "categories.{name}.sources",
    ("categories", "sources", "select"): "categories.{name}.sources: select",
    ("feeds",): "feeds.{name}",
    ("partners",): "partners.{name}",
    ("partners", "webhook"): "partners.{name}: webhook",
}


def reference() -> str:
    """Return the page in Markdown."""
    described = schema()
    parts = {"Config": described, **described["$defs"]}
    sections = ("\n".join(_section(path, parts[model.__name__])) for path, model in PARTS.items())
    return "\n".join([INTRODUCTION, *sections])


def _section(path: tuple[str, ...], part: dict[str, Any]) -> Iterator[str]:
    yield f"## {HEADINGS.get(path) or '.'.join(path)}\n"
    yield f"{part['description']}\n"
    yield "| key | type | default | meaning |"
    yield "|---|---|---|---|"
    required = part.get("required", [])
    for key, described in part["properties"].items():
        meaning = described.get("description") or PARTS[*path, key].__doc__ or ""  # said of the part itself
        default = "required" if key in required else _default(described)
        cells = (f"`{key}`", _type(described), default, meaning)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _default(described: dict[str, Any]) -> str:
    default = described.get("default")
    if default is None or default == []:
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`".replace("`*`", '`"*"`')


def _type(described: dict[str, Any]) -> str:
    """Return the words for what may be written."""
    if "enum" in described:
        return ", ".join(f"`{choice}`" for choice in described["enum"])
    if described.get("title") == "number":
        [bounds] = [each for each in described["anyOf"] if "minimum" in each]
        return f"{bounds['minimum']} to {bounds['maximum']}"
    if described.get("type") == "array":
        return f"list of {_plural(described['items'])}"
    if "$ref" in described:
        return "keys, below"
    if described.get("type") == "object":
        return "mapping"
    return str(described["title"])


def _plural(items: dict[str, Any]) -> str:
    if "$ref" in items:
        return "mappings, below"
    title = str(items["title"])
    return "ranges of addresses" if title.startswith("range") else f"{title}s"
