"""What is measured beside us does the same work."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

from aggregator.coding import CODINGS
from aggregator.store import open_store
from benchmarks.serving import PATH, application, bare, document, publish, sizes
from tests.web.newsroom import ask

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    import pytest


def test_the_bare_application_sends_what_we_send(tmp_path: Path) -> None:
    body = document(3_000, "all")
    publish(tmp_path / "one", body, 2)

    async def asked() -> list[list[httpx.Response]]:
        with closing(open_store(f"sqlite:///{tmp_path}/one/aggregator.db")) as store:
            answers = []
            for each in (application(store), bare(body)):
                headers = {"Accept-Encoding": "gzip"}
                first = await ask(each, PATH, headers=headers)
                again = await ask(each, PATH, headers={**headers, "If-None-Match": first.headers["etag"]})
                answers.append([first, again])
            return answers

    for ours, other in zip(*asyncio.run(asked()), strict=True):
        assert ours.status_code == other.status_code
        assert ours.extensions["sent"] == other.extensions["sent"]
        assert list(ours.headers) == list(other.headers)
        assert len(str(ours.headers)) == len(str(other.headers))


def test_sizes_are_told_of_every_coding(capsys: pytest.CaptureFixture[str]) -> None:
    sizes(b"x" * 1000)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(CODINGS)
