"""A server of our own that a document may point at."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.parse.guards import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Recorder]:
    with Recorder() as recorder:
        thread = threading.Thread(target=recorder.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield recorder
        finally:
            recorder.shutdown()
            thread.join()
