"""The API's own description (OpenAPI 3.1), made from the models of its answers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from aggregator import __version__
from aggregator.rules.cursor import SPELLING
from aggregator.web.api import models
from aggregator.web.api.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from pydantic import BaseModel

    from aggregator.model.feed import Site

_REF = "#/components/schemas/{model}"
_MODELS: tuple[type[BaseModel], ...] = (
    models.Changes,
    models.Item,
    models.Feeds,
    models.Sources,
    models.Problem,
)
_ALWAYS = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_WORDS = {
    HTTPStatus.BAD_REQUEST: "A parameter is not understood, or the cursor too old: `detail` says what to do.",
    HTTPStatus.FORBIDDEN: "The contract of this key is over, or is not about what was asked for.",
    HTTPStatus.NOT_FOUND: "There is no such thing, or the key is nobody's.",
    HTTPStatus.GONE: "The story was removed: show it no longer.",
    HTTPStatus.TOO_MANY_REQUESTS: "Asked too often: wait as long as `Retry-After` says.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database does not answer: ask again in some seconds.",
}


def description(site: Site, limit: int, most: int) -> dict[str, Any]:
    """Return the description for a site.

    A page has ``limit`` changes where nothing is said, and ``most`` at most.
    """
    _, schemas = models_json_schema([(model, "serialization") for model in _MODELS], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": site.title,
            "version": __version__,
            "description": "What is published here, and every change of it (docs/syndication.md).",
        },
        "servers": [{"url": site.base_url}],
        "paths": {
            "/api/v1/items": {"get": _items(limit, most)},
            "/api/v1/items/{id}": {"get": _item()},
            "/api/v1/feeds": {"get": _get("feeds", "The feeds that may be asked for.", models.Feeds)},
            "/api/v1/sources": {"get": _get("sources", "The sources of all feeds.", models.Sources)},
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A partner's key."}
            },
        },
        "security": [{}, {"key": []}],
    }


def _items(limit: int, most: int) -> dict[str, Any]:
    parameters = [
        _parameter("feed", "Of which feed.", {"type": "string", "default": "all"}),
        _parameter(
            "after",
            "The `next` of the last answer; without it, all that there is from the beginning.",
            {"type": "string", "pattern": f"^{SPELLING}$"},
        ),
        _parameter(
            "limit",
            "How many changes at most.",
            {"type": "integer", "minimum": 1, "maximum": most, "default": limit},
        ),
    ]
    about = "The changes of a feed, in the order in which they were made: nothing is missed or told twice."
    made = _get("changes", about, models.Changes, HTTPStatus.BAD_REQUEST)
    return {**made, "parameters": parameters}


def _item() -> dict[str, Any]:
    named = "The story's id, percent-encoded, or the last part of the address of its page."
    path = {"name": "id", "in": "path", "required": True, "description": named, "schema": {"type": "string"}}
    made = _get("item", "A story as it is now.", models.Item, HTTPStatus.GONE)
    return {**made, "parameters": [path]}


def _parameter(name: str, about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": about, "schema": schema}


def _get(name: str, about: str, model: type[BaseModel], *also: HTTPStatus) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}
    problem = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model=models.Problem.__name__)}}}
    return {
        "operationId": name,
        "summary": about,
        "responses": {
            "200": {"description": about, "content": content},
            "304": {"description": "It is what `If-None-Match` names."},
            **{
                str(status.value): {"description": _WORDS[status], "content": problem}
                for status in sorted({*also, *_ALWAYS})
            },
        },
    }
