"""The whole service among hostile servers, with one healthy neighbour."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from tests.app.hostile_service import FORMATS, NEIGHBOUR
from tests.fetch.hostile import SECRET, HostileServer, Row, feed, gives, matches, said
from tests.fetch.hostile_answers import ANSWERS
from tests.fetch.hostile_documents import DOCUMENTS
from tests.fetch.hostile_wire import WIRE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STRANGERS = (*WIRE, *ANSWERS, *DOCUMENTS)
NEWS = [f"Kapal {number} tiba" for number in range(20)]
HEALTHY = Row(NEIGHBOUR, "is healthy", said(feed(NEIGHBOUR, *NEWS)), gives(20))
TIMEOUT = "10s"  # of a source; what never ends holds its place that long
GIVE_UP = 300  # seconds
MOST_BYTES = 200_000_000  # whatever one source sends
MOST_BYTES_OF_ALL = (
    250_000_000  # whatever two hundred send at once: how much of it meets is a matter of chance
)
HEAVY = ("tiny-items", "brackets", "comments-9-mb", "spaces-packed", "title-of-9-mb")


def test_the_whole_service_among_hostile_servers(tmp_path: Path) -> None:
    with closing(HostileServer([HEALTHY, *STRANGERS])) as server:
        answer = serve(server, tmp_path, STRANGERS)
        heads = server.heads
    first, second = (each["sources"] for each in answer["passes"])
    assert first.keys() == second.keys() == {NEIGHBOUR, *(row.name for row in STRANGERS)}
    rows = (HEALTHY, *STRANGERS)
    wrong = {row: why for row in rows if (why := fault(row, answer, heads[row.name]))}
    # Among so many a busy machine may be too slow for one: it is asked again, alone with the neighbour.
    late = [row for row in wrong if "no whole answer" in first[row.name]["error"]]
    wrong |= {row: alone(row, tmp_path / row.name) for row in late}
    assert not any(wrong.values()), "\n".join(f"{row.name}: {why}" for row, why in wrong.items() if why)

    news = json.loads(answer["published"][NEIGHBOUR]["json"])["items"]
    assert {item["title"] for item in news} == set(NEWS)
    for editions in answer["published"].values():
        assert SECRET not in "".join(editions.values())
        for suffix in editions.keys() & {"rss", "atom"}:
            ET.fromstring(editions[suffix])  # noqa: S314 # what we publish ourselves
    assert answer["peak_bytes"] < MOST_BYTES_OF_ALL
    assert (answer["opened"], answer["threads"]) == (0, [])


@pytest.mark.parametrize("name", HEAVY)
def test_what_one_source_sends_takes_little_memory(tmp_path: Path, name: str) -> None:
    [row] = [row for row in STRANGERS if row.name == name]
    with closing(HostileServer([HEALTHY, row])) as server:
        assert serve(server, tmp_path, [row])["peak_bytes"] < MOST_BYTES


def alone(row: Row, folder: Path) -> str:
    """Return what the service made of ``row`` that it should not have, without the others."""
    folder.mkdir()
    with closing(HostileServer([HEALTHY, row])) as server:
        return fault(row, serve(server, folder, [row]), server.heads[row.name])


def serve(server: HostileServer, folder: Path, strangers: Sequence[Row]) -> dict[str, Any]:
    """Return what the service says of two passes over its neighbour and ``strangers``."""
    wish = {
        "folder": str(folder),
        "passes": 2,
        "timeout": TIMEOUT,
        "neighbour": server.url(HEALTHY),
        "strangers": {row.name: server.url(row) for row in strangers},
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.app.hostile_service"],
        input=json.dumps(wish).encode(),
        env={**os.environ, "SSL_CERT_FILE": server.trust(folder)},
        stdout=subprocess.PIPE,
        timeout=GIVE_UP,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def fault(row: Row, answer: dict[str, Any], heads: list[str]) -> str:
    """Return what the service made of ``row`` that it should not have; "" if nothing."""
    then, name = row.then, row.name
    first, second = (each["sources"][name] for each in answer["passes"])
    found = f"first {first}, then {second}, {answer['items'].get(name, 0)} items"
    if then.items is None:
        as_expected = all(
            each["result"] == "failed" and matches(then.service, each["error"]) for each in (first, second)
        )
    else:
        as_expected = (
            first["result"] == "fetched"
            and second["result"] == "unchanged"
            and answer["items"].get(name, 0) == then.items
        )
    if not as_expected or second["new"] or second["updated"]:
        return found
    if row.never and any(matches(row.never, head) for head in heads):
        return "it got what it may not get"
    editions = answer["published"][name]
    if then.items and editions.keys() != set(FORMATS):
        return f"published is {sorted(editions)}"
    spilt = row.nowhere and any(row.nowhere in edition for edition in editions.values())
    return f"{row.nowhere!r} is published" if spilt else ""
