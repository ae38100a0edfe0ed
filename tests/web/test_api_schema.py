"""The API keeps what its description promises, whatever it is asked: schemathesis asks."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from aggregator.store import open_store
from tests.web.api_newsroom import ApiHouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import BaseSchema, Case

EXAMPLES = 60  #: of each address
_CONFIG = SchemathesisConfig.from_path(Path(__file__).parents[2] / "schemathesis.toml")
_UNCHECKED = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    folder = tmp_path_factory.mktemp("api")
    with closing(open_store(f"sqlite:///{folder}/aggregator.db")) as store:
        house = ApiHouse(store)
        house.news(1, 2, 3)
        house.news(4, source="kawat")
        house.take_down(house.stories("kawat")[0].id)
        yield schemathesis.openapi.from_asgi("/api/openapi.json", house.application(), config=_CONFIG)


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/api/v1/items", GenerationMode.POSITIVE),
        ("/api/v1/items", GenerationMode.NEGATIVE),  # the others take nothing that could be wrong
        ("/api/v1/items/{id}", GenerationMode.POSITIVE),
        ("/api/v1/feeds", GenerationMode.POSITIVE),
        ("/api/v1/sources", GenerationMode.POSITIVE),
    ],
)
def test_every_answer_is_as_described(described: BaseSchema, path: str, mode: GenerationMode) -> None:
    """Asked as described, and otherwise."""
    operation = described[path]["GET"]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
    )
    def ask(case: Case[Any]) -> None:
        case.call_and_validate()

    ask()
