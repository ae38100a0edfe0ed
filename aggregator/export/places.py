"""What ``--to`` names: a folder, or a bucket."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from aggregator.errors import ConfigError
from aggregator.export.folder import Folder

if TYPE_CHECKING:
    from aggregator.export.bucket import Bucket

_CHOICE = "write a folder, file:///folder or s3://bucket/prefix"


def place_of(to: str) -> Folder | Bucket:
    """Open the place that ``to`` names; the caller closes it.

    Raises:
        ConfigError: it names none that we can write to, or that needs what is not installed.
        AggregatorError: it cannot be used now.
    """
    if not to.strip():
        raise ConfigError(f"--to is empty, as a variable is that was never set: {_CHOICE}")
    if "://" not in to:
        return _folder(to, to)
    try:
        url = urlsplit(to)
        host, user = url.hostname or "", url.username
    except ValueError as error:
        raise ConfigError(f"--to {to}: is not an address ({error}); {_CHOICE}") from error
    if user is not None:  # not said again: there may be a password in it
        raise ConfigError(
            f"--to {url.scheme}://{host}…: no name and no password belong there; "
            "they are taken from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if url.query or url.fragment:
        raise ConfigError(f"--to {to}: nothing may follow a ? or # there; {_CHOICE}")
    if url.scheme == "file" and host in {"", "localhost"} and url.path.strip("/"):
        return _folder(to, unquote(url.path))
    if url.scheme == "s3" and host:
        return _bucket(to)
    raise ConfigError(f"--to {to}: cannot be written to; {_CHOICE}")


def _folder(to: str, path: str) -> Folder:
    if Path(os.path.realpath(path)).name == "":
        raise ConfigError(f"--to {to}: is the root of the file system, and needs a folder below; {_CHOICE}")
    return Folder(Path(path))


def _bucket(to: str) -> Bucket:
    try:
        from aggregator.export.bucket import open_bucket  # noqa: PLC0415 # only where the extra is installed
    except ImportError as error:
        raise ConfigError(
            f"--to {to}: needs obstore, which is not installed: pip install 'aggregator[s3]'"
        ) from error
    return open_bucket(to)
