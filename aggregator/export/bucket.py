"""An S3 bucket, or a part of one, through obstore (the extra ``s3``).

Each object that we write carries a mark, so that after an export that was cut short, or without its
manifest, we still know which ones are ours. Keys and region are taken from the environment, as by every
program for S3: ``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``, ``AWS_ENDPOINT``, …
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from aggregator.errors import AggregatorError
from aggregator.export.place import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore import Attributes, ObjectMeta, PutResult
    from obstore.store import ObjectStore

    from aggregator.export.place import File

_MARK = "made-by"
_OURS = "aggregator"


def open_bucket(url: str) -> Bucket:
    """Open ``s3://bucket/prefix``; nothing is asked of it yet.

    Raises:
        AggregatorError: what the environment says of it cannot be used.
    """
    try:
        return Bucket(S3Store.from_url(url), url)
    except (BaseError, ValueError) as error:
        raise _unusable(url, error) from error


class Bucket:
    """Objects of a store by path. Nothing keeps two exports from writing at the same time."""

    def __init__(self, store: ObjectStore, name: str) -> None:
        self.name = name
        self._store = store
        self._stamps: dict[str, str] | None = None

    def stamp(self, path: str) -> str | None:
        """Return the object's entity tag, of when the export began or of what it wrote since."""
        return self._listed().get(_key(path))

    def _listed(self) -> dict[str, str]:
        if self._stamps is None:
            with self._usable():
                listed = [each for some in obstore.list(self._store) for each in some]
            self._stamps = {each["path"]: _stamp(each) for each in listed}
        return self._stamps

    def read(self, path: str) -> bytes | None:
        """Return the bytes of an object; None: there is none."""
        if self.stamp(path) is None:
            return None
        with self._usable():
            return bytes(obstore.get(self._store, _key(path)).bytes())

    def holds(self, path: str, file: File) -> bool:
        """Tell whether the object has these bytes and these headers."""
        with self._usable():
            found = obstore.get(self._store, _key(path))
            return dict(found.attributes) == _attributes(file) and bytes(found.bytes()) == file.body

    def write(self, path: str, file: File) -> str:
        """Put an object, with its headers."""
        key = _key(path)
        with self._usable():
            put = obstore.put(self._store, key, file.body, attributes=_attributes(file))
            stamp = _stamp(put if put["e_tag"] else obstore.head(self._store, key))
        self._listed()[key] = stamp
        return stamp

    def remove(self, path: str) -> None:
        """Delete an object."""
        with self._usable():
            obstore.delete(self._store, _key(path))
        self._listed().pop(_key(path), None)

    def unfinished(self, path: str) -> bool:
        """Tell whether the object carries our mark."""
        if self.stamp(path) is None:
            return False
        with self._usable():
            found = obstore.get(self._store, _key(path), options={"head": True})
        return found.attributes.get(_MARK) == _OURS

    def finish(self) -> None:
        """Do nothing: the marks stay."""

    def close(self) -> None:
        """Do nothing: obstore's connections end with it."""

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            raise _unusable(self.name, error) from error


def _unusable(name: str, error: Exception) -> AggregatorError:
    said, _, _ = str(error).partition("\n")
    return AggregatorError(
        f"{name}: cannot be used: {said}; see whether the bucket is there, and whether AWS_ACCESS_KEY_ID, "
        "AWS_SECRET_ACCESS_KEY, AWS_REGION and, for another service than Amazon's, AWS_ENDPOINT are right"
    )


def _key(path: str) -> str:
    return "/".join(parts(path))


def _stamp(meta: ObjectMeta | PutResult) -> str:
    return meta["e_tag"] or f"{meta.get('size')}-{meta.get('last_modified')}"


def _attributes(file: File) -> Attributes:
    said = {
        "Content-Type": file.media_type,
        "Content-Encoding": file.coding,
        "Cache-Control": file.cache_control,
        _MARK: _OURS,
    }
    return {name: value for name, value in said.items() if value}
