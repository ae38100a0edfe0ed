"""Say which sources can be handed on as a list of subscriptions, without a secret and with what is ours only.

What an operator wrote as ``${NAME}`` is a secret, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from aggregator.model.outline import Outline
from aggregator.model.source import Kind
from aggregator.settings import values
from aggregator.settings.document import read
from aggregator.settings.show import masked

if TYPE_CHECKING:
    from aggregator.model.source import Source, SourceId, SourceState
    from aggregator.settings.domain import Settings

MARK = "\ue000"  #: stands for what the environment holds; a private character, in nobody's configuration
_LISTED = {None, Kind.FEED, Kind.JSON}  # what other readers can read


class _Unknown(Mapping[str, str]):
    """An environment in which every variable is set to ``MARK``."""

    def __getitem__(self, name: str) -> str:
        return MARK

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Shared(NamedTuple):
    """A list of subscriptions to be."""

    title: str  #: may be empty
    outlines: list[Outline]  #: sources that other readers can read, in their order
    told: list[str]  #: what is left out, and why, a line for each


def shareable(content: bytes, settings: Settings, states: Mapping[SourceId, SourceState]) -> Shared:
    """Return the list of the sources.

    Args:
        content: the configuration's bytes, that ``settings`` were read from.
        settings: the same, checked.
        states: what is known of the sources' own titles and pages.
    """
    outlines: list[Outline] = []
    told: list[str] = []
    document = read(content, _Unknown(), name="").data
    written = document["categories"]
    for category in settings.categories:
        title = category.id if _secret(written[category.id].get("title")) else category.title
        for source, own in zip(category.sources, written[category.id]["sources"], strict=True):
            if reason := _kept(source, own, settings.site.base_url):
                told.append(f"{source.id}: left out, {reason}")
                continue
            if source.headers:
                told.append(f"{source.id}: without its headers, which may be secret")
            state = states.get(source.id)
            theirs = state.title if state else ""
            name = (not _secret(own.get("title")) and source.title) or theirs or source.id
            home = _address(state.home) if state else ""
            outlines.append(Outline(url=source.url, title=name, home=home, folder=(title,)))
    title = "" if _secret(document["service"].get("title")) else settings.site.title
    return Shared(title, outlines, told)


def _kept(source: Source, written: Mapping[str, Any], base_url: str) -> str:
    """Say why a source is not handed on; empty: it is."""
    if _secret(written["url"]):
        return "for its address has a variable in it, which may be secret"
    if masked(source.url) != source.url:
        return "for its address looks as if it had a secret in it"
    if source.kind not in _LISTED:
        ours = f"{base_url}/feeds/source/{source.id}.rss"
        return f"for other readers cannot read type {source.kind}; ours of it is {ours}"
    return ""


def _secret(written: object) -> bool:
    return MARK in str(written)


def _address(home: str) -> str:
    """Return the page that a source names as its own, if it is an address."""
    try:
        return values.url(home) if masked(home) == home else ""
    except values.SettingError:
        return ""
