"""What is read in a child is what would be read in the service itself."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ParseError
from aggregator.model.source import Kind, Select
from aggregator.parse import article, syndication
from aggregator.sandbox.reader import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from aggregator.model.item import ParsedDocument
    from tests.sandbox.conftest import Box

CASES = Path(__file__).parent.parent / "parse" / "cases"
SELECT = re.compile(rb"<!--select (.*?)-->")
URL = "https://kabar.example.id/feed/"
PAGE = b"""<html><head><link rel="canonical" href="/kapal">
<meta property="article:published_time" content="2024-11-20T07:30:00+07:00"></head><p>Kapal</p></html>"""


def told(read: Callable[[], ParsedDocument]) -> ParsedDocument | str:
    try:
        return read()
    except ParseError as error:
        return str(error)


def test_every_document_reads_in_a_child_as_it_does_here() -> None:
    with closing(Sandbox()) as sandbox:
        asked: dict[str, Future[ParsedDocument]] = {}
        here: dict[str, ParsedDocument | str] = {}
        for case in CASES.iterdir():
            if case.name.endswith(".expected.json"):
                continue
            body = case.read_bytes()
            match = SELECT.match(body)
            select = Select(**json.loads(match[1])) if match else None
            asked[case.name] = sandbox.document(body, url=URL, content_type="", kind=None, select=select)
            here[case.name] = told(
                lambda body=body, select=select: syndication.parse(  # type: ignore[misc]
                    body, url=URL, content_type="", select=select
                )
            )
        there = {name: told(future.result) for name, future in asked.items()}
    assert len(here) > 20
    assert there == here


def test_a_source_says_what_its_document_has_to_be() -> None:
    with closing(Sandbox()) as sandbox, pytest.raises(ParseError) as caught:
        sandbox.document(PAGE, url=URL, content_type="text/html", kind=Kind.FEED, select=None).result()
    with pytest.raises(ParseError) as here:
        syndication.parse(PAGE, url=URL, content_type="text/html", kind=Kind.FEED)
    assert str(caught.value) == str(here.value)


def test_an_article_reads_in_a_child_as_it_does_here() -> None:
    with closing(Sandbox()) as sandbox:
        there = sandbox.article(PAGE, url=URL, content_type="text/html").result()
    assert there == article.read(PAGE, url=URL, content_type="text/html")
    assert there.claims


def test_an_article_that_is_none_is_refused_in_the_same_words() -> None:
    with closing(Sandbox()) as sandbox, pytest.raises(ParseError, match="PDF"):
        sandbox.article(b"%PDF-1.7", url=URL, content_type="").result()


def test_many_threads_get_each_its_own_answer(box: Callable[..., Box]) -> None:
    sandbox = box(patience=timedelta(0))
    words = [f"kabar {number}" for number in range(64)]
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda word: told(sandbox.ask("fault", word.encode()).result), words)
    assert list(answers) == words


def test_documents_are_read_in_the_order_in_which_they_came(alone: Box) -> None:
    done: list[int] = []
    futures = [alone.ask("") for _ in range(10)]
    for number, future in enumerate(futures):
        future.add_done_callback(lambda _, number=number: done.append(number))  # type: ignore[misc]
    for future in futures:
        future.result()
    alone.close()
    assert done == list(range(10))
