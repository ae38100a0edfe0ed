"""Put in what stands in files of its own: the values of ``url_file``, ``key_file``, ``secret_file``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.settings import contracts, values
from aggregator.settings.document import Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path as File

    from aggregator.settings.document import Document, Path


def with_files(data: Any, path: File, document: Document, mistakes: list[Mistake]) -> Any:
    """Return ``data`` with what the files hold that it names; leaves ``data`` itself alone.

    Where a value is written beside its file, and where a file cannot be used, all stays as it is.

    Args:
        data: the document's, with the environment's values put in.
        path: the configuration's own; the files' begin at its folder.
        document: says where what is written.
        mistakes: what is wrong with files is added here.
    """
    for place, reader, what in _named(data):
        section = _at(data, place[:-1])
        key = str(place[-1]).removesuffix("_file")
        written = section[str(place[-1])]
        if section.get(key) is not None:
            continue
        several = isinstance(written, list)
        found: list[str] = []
        for index, name in enumerate(written if several else [written]):
            where: Path = (*place, index) if several else place
            if not isinstance(name, str) or not name.strip():
                break  # the schema reports it
            try:
                found.append(_held(path.parent / name.strip(), name, reader, what))
            except values.SettingError as error:
                mistakes.append(Mistake(document.at(where), where, str(error)))
                break
        else:
            data = _put(data, place, key, found if several else found[0])
    return data


def _named(data: Any) -> Iterator[tuple[Path, Callable[[object], object], str]]:
    """Yield where a file is named, what reads its value, and what that is."""
    if _names(data, "database", "url_file"):
        yield ("database", "url_file"), values.database_url, "address"
    partners = data.get("partners") if isinstance(data, dict) else None
    for name, partner in partners.items() if isinstance(partners, dict) else ():
        path = ("partners", name)
        if _names(partner, "key_file"):
            yield (*path, "key_file"), contracts.key, "key"
        if _names(partner, "webhook", "secret_file"):
            yield (*path, "webhook", "secret_file"), contracts.secret, "secret"


def _names(data: Any, *path: str) -> bool:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data is not None


def _at(data: Any, path: Path) -> dict[str, Any]:
    for key in path:
        data = data[key]
    return dict(data)


def _put(data: dict[str, Any], place: Path, key: str, value: Any) -> dict[str, Any]:
    """Return ``data`` with ``key`` in place of the key at ``place``."""
    first = str(place[0])
    if len(place) > 1:
        return {**data, first: _put(data[first], place[1:], key, value)}
    return {**{name: each for name, each in data.items() if name != first}, key: value}


def _held(file: File, name: str, reader: Callable[[object], object], what: str) -> str:
    """Return what ``file`` holds; raise SettingError where that cannot be used."""
    try:
        written = file.read_text(encoding="utf-8").strip()
        reader(written)
    except values.SettingError as error:
        raise values.SettingError(f"the {what} in {name!r} {error}") from error
    except OSError as error:
        raise values.SettingError(f"{name!r} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not UTF-8, or a name that no file can have
        raise values.SettingError(f"{name!r} holds no text") from error
    return written
