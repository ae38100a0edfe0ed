"""Read a configuration file and say everything that is wrong with it, each mistake with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from aggregator.errors import ConfigError
from aggregator.settings import values
from aggregator.settings.conflicts import conflicts
from aggregator.settings.document import MAX_BYTES, Mistake, read
from aggregator.settings.domain import settle
from aggregator.settings.files import with_files
from aggregator.settings.shape import Config, part_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path as File

    from aggregator.settings.document import Document, Path
    from aggregator.settings.domain import Settings

#: What the environment may say instead of the file: the key, and how its value is read.
OVERRIDES: Mapping[str, tuple[str, str, Callable[[object], object]]] = {
    "AGGREGATOR_DATABASE_URL": ("database", "url", values.database_url),
    "AGGREGATOR_LISTEN": ("service", "listen", values.listen),
    "AGGREGATOR_BASE_URL": ("service", "base_url", values.site_url),
}
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("console", "json")
#: What pydantic finds by itself, in our words; everything else our own readers say.
_WORDS = {
    "missing": "is required, and missing",
    "model_type": "must be a mapping, that is lines of `key: value`",
    "dict_type": "must be a mapping, that is lines of `key: value`",
    "tuple_type": "must be a list, that is lines beginning with `- `",
    "too_short": "must not be empty",
}


def load(path: File, environ: Mapping[str, str]) -> Settings:
    """Read and check the configuration in ``path``.

    ``environ`` holds the variables that the file names and those that override it
    (``AGGREGATOR_DATABASE_URL``, ``AGGREGATOR_LISTEN``, ``AGGREGATOR_BASE_URL``,
    ``AGGREGATOR_LOG_LEVEL``, ``AGGREGATOR_LOG_FORMAT``); an empty one is as if not set.

    Raises:
        ConfigError: with every mistake at once, a line for each, in the order of the file:
            ``file:line:column: path: message``, and ``VARIABLE: message`` for the environment's.
    """
    document = read(_bytes(path), environ, name=str(path))
    mistakes = list(document.mistakes)
    faults: list[str] = []  # the environment's
    data = _override(document.data, environ, faults)
    data = with_files(data, path, document, mistakes)
    log_level = _choice("AGGREGATOR_LOG_LEVEL", LOG_LEVELS, "info", environ, faults)
    log_format = _choice("AGGREGATOR_LOG_FORMAT", LOG_FORMATS, "console", environ, faults)
    # What could not be read at all needs no second mistake.
    known = {mistake.path for mistake in mistakes if mistake.at == document.at(mistake.path)}
    mistakes += [each for each in conflicts(data, document) if each.path not in known]
    config: Config | None = None
    try:
        config = Config.model_validate({} if data is None else data)
    except ValidationError as error:
        mistakes += [each for each in _translate(error, document) if each.path not in known]
    if mistakes or faults or config is None:
        raise ConfigError([*_lines(path, mistakes), *faults])
    return settle(config, log_level=log_level, log_format=log_format)


def _bytes(path: File) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: there is no such file: `aggregator init {path}` writes one to begin with, "
            "and -c or AGGREGATOR_CONFIG names another"
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be read: {reason}") from error


def _override(data: Any, environ: Mapping[str, str], faults: list[str]) -> Any:
    """Return ``data`` with the environment's values in it; leaves ``data`` itself alone."""
    for variable, (section, key, reader) in OVERRIDES.items():
        written = environ.get(variable, "").strip()
        if not written:
            continue
        try:
            reader(written)
        except values.SettingError as error:
            faults.append(f"{variable}: {error}")
            continue
        data = _put(data, section, key, written)
    return data


def _put(data: Any, section: str, key: str, value: str) -> Any:
    """Return ``data`` with ``section.key`` set, and without the ``key_file`` that it replaces."""
    top = {} if data is None else data
    inner = top.get(section) if isinstance(top, dict) else None
    if not isinstance(top, dict) or not isinstance(inner, dict | None):
        return data  # the wrong shape: the schema reports it
    kept = {name: each for name, each in (inner or {}).items() if name != f"{key}_file"}
    return {**top, section: {**kept, key: value}}


def _choice(
    variable: str, choices: tuple[str, ...], default: str, environ: Mapping[str, str], faults: list[str]
) -> str:
    written = environ.get(variable, "").strip().lower()
    if not written:
        return default
    try:
        return values.one_of(written, choices=choices)
    except values.SettingError as error:
        faults.append(f"{variable}: {error}")
        return default


def _translate(error: ValidationError, document: Document) -> Iterable[Mistake]:
    """Yield pydantic's findings in our words, each with its place."""
    details = error.errors(include_url=False, include_input=False)
    # Pydantic counts only a list's sound elements, and calls one of unsound ones empty.
    around = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
    for detail in details:
        path, kind = _written(detail["loc"], document), detail["type"]
        said = str((detail.get("ctx") or {}).get("error", detail["msg"]))
        if path and path[-1] == "[key]":  # how pydantic says that the key itself is wrong
            yield Mistake(document.key_at(path[:-1]), path[:-1], said)
        elif kind == "extra_forbidden":
            yield Mistake(document.key_at(path), path, _unknown(path))
        elif kind == "too_long":
            most = detail["ctx"]["max_length"]
            yield Mistake(document.at(path), path, f"must be a list of {most} at most")
        elif kind != "too_short" or path not in around:
            yield Mistake(document.at(path), path, _WORDS.get(kind, said))


def _written(path: Path, document: Document) -> Path:
    """Return ``path`` as it is in the document, where a list of one may stand without its brackets."""
    single = path and path[-1] == 0 and document.at(path) == document.at(path[:-1])
    return path[:-1] if single else path


def _unknown(path: Path) -> str:
    key, part = str(path[-1]), part_at(path[:-1])
    if key in part.later:
        return "not in this version yet: remove it"
    if key == "<<":
        return "YAML 1.2 has no merge keys: repeat the keys"
    return f"unknown key{values.did_you_mean(key, list(part.model_fields))}"


def _lines(path: File, mistakes: Iterable[Mistake]) -> list[str]:
    ordered = sorted(mistakes, key=lambda mistake: mistake.at)
    spelled = ((each.at, _spell(each.path), each.message) for each in ordered)
    return [f"{path}:{at}: {where}{': ' if where else ''}{message}" for at, where, message in spelled]


def _spell(path: Path) -> str:
    """Return a path as in ``categories.logistik.sources[0].url``."""
    spelled = ""
    for key in path:
        if isinstance(key, int):
            spelled += f"[{key}]"
        else:
            plain = re.fullmatch(r"[\w-]{1,80}", key)
            spelled += ("." if spelled else "") + (key if plain else repr(key[:80]))
    return spelled
