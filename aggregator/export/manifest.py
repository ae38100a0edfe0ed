"""What an export left where, for the next one: which files are ours, and which answers they hold."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aggregator import __version__
from aggregator.errors import AggregatorError
from aggregator.export.place import parts

MANIFEST = ".aggregator-export.json"
FORM = 1


class Kept(NamedTuple):
    """A file of ours."""

    etag: str  #: of the answer that it holds; empty: to be compared byte by byte
    sha256: str  #: of its bytes, in hexadecimal
    stamp: str  #: the place's, right after it was written


@dataclass(slots=True)
class Manifest:
    """The files of a site's export, by path."""

    site: str  #: its base address
    files: dict[str, Kept] = field(default_factory=dict)

    def dump(self) -> bytes:
        """Return the document; equal manifests give equal bytes."""
        files = {path: kept._asdict() for path, kept in sorted(self.files.items())}
        whole = {"aggregator_export": FORM, "version": __version__, "site": self.site, "files": files}
        return json.dumps(whole, indent=1).encode() + b"\n"


def load(document: bytes | None, *, site: str, place: str) -> Manifest:
    """Read what ``dump`` wrote of the export of ``site`` to ``place``; None: nothing is there yet.

    What another version of this program wrote is compared byte by byte: it may have said other headers.

    Raises:
        AggregatorError: it is something else, or of another site.
    """
    if document is None:
        return Manifest(site)
    try:
        whole: dict[str, Any] = json.loads(document)
        if whole["aggregator_export"] != FORM:
            raise ValueError(f"its form is {whole['aggregator_export']!r}")  # noqa: TRY301 # told with the others
        owner, version = str(whole["site"]), whole["version"]
        files = {path: Kept(**{name: str(kept[name]) for name in Kept._fields})
                 for path, kept in whole["files"].items() if parts(path)}  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AggregatorError(
            f"{place}: {MANIFEST} is none that this version wrote ({type(error).__name__}: {error}); nothing "
            "was changed. Move it away: files that are just as they would be written are taken up again, "
            "others are left and named"
        ) from error
    if owner != site:
        raise AggregatorError(
            f"{place}: holds the export of {owner}, not of {site}; nothing was changed. "
            "Choose another place, or empty this one"
        )
    if version != __version__:
        files = {path: kept._replace(etag="") for path, kept in files.items()}
    return Manifest(site, files)
