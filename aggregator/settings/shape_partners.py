"""The part of the configuration that says what partner sites may read, and how."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from aggregator.model.feed import Part
from aggregator.settings import contracts
from aggregator.settings.forms import (
    Delay,
    Expiry,
    ExtentName,
    FeedNames,
    Key,
    LinkParameter,
    PartName,
    PartnerRate,
    Secret,
    Text,
    WebhookUrl,
)
from aggregator.settings.strict import Strict

PARTS_NAMED = ", ".join(f"`{part.value}`" for part in Part)


def _one_or_two(words: str) -> tuple[Any, ...]:
    """Describe a value, or a list of two: the one that is replaced, and the one that replaces it."""
    single = {"type": "string", "minLength": 1}
    several = {"type": "array", "items": single, "minItems": 1, "maxItems": 2}
    return (
        BeforeValidator(contracts.one_or_more),
        Field(min_length=1, max_length=2),
        WithJsonSchema({"title": f"{words}, or two", "anyOf": [single, several]}),
    )


Keys: TypeAlias = Annotated[tuple[Key, ...], *_one_or_two("key")]
Secrets: TypeAlias = Annotated[tuple[Secret, ...], *_one_or_two("secret")]
Files: TypeAlias = Annotated[tuple[Text, ...], *_one_or_two("file")]


class WebhookConfig(Strict):
    """Where each change in a partner's feeds is delivered to, besides being there to be asked for."""

    url: WebhookUrl = Field(
        description="The address that takes them, by POST: `https://`. `http://`, and addresses that are not "
        "public, only where `fetch.allow_private_networks` names networks."
    )
    secret: Secrets | None = Field(
        default=None,
        description="What they are signed with (Standard Webhooks): `whsec_` and the Base64 of 24 to 64 "
        "random bytes. A list of two while they are exchanged: each signs. Put them in as `${NAME}`.",
        repr=False,
    )
    secret_file: Files | None = Field(
        default=None,
        description="A file that holds the secret, instead of `secret`, or a list of two; a path begins at "
        "this file's folder.",
    )


class PartnerConfig(Strict):
    """A partner site's contract: what it may read at `/p/{key}/…` or with its key in `Authorization`.

    Besides the keys that are written here, those that `aggregator partners new-key` made are valid. See
    [partners](partners.md).
    """

    title: Text | None = Field(default=None, description="The name to show; left out, the one it has here.")
    key: Keys | None = Field(
        default=None,
        description="Its key: 20 to 200 letters, digits and `- . _ ~`, or `sha256:` and the SHA-256 of that "
        "in hexadecimal digits. A list of two while they are exchanged. Put them in as `${NAME}`.",
        repr=False,
    )
    key_file: Files | None = Field(
        default=None,
        description="A file that holds the key, instead of `key`, or a list of two; a path begins at this "
        "file's folder.",
    )
    feeds: FeedNames = Field(
        description="The feeds that it may read: `all` and others of `feeds`, categories, `source/` and a "
        'source\'s id; `"*"` is every feed.'
    )
    content: ExtentName | None = Field(
        default=None,
        description="How much text its copies carry: `full`, `summary` (a teaser), or `none` (a title and a "
        "link), also where the feed shows more or less to everybody. Left out, as much as the feed.",
    )
    fields: tuple[PartName, ...] | None = Field(
        default=None,
        description="The only parts that its copies carry besides id, address, title, dates and source, "
        f"which always come along: some of {PARTS_NAMED}. Left out, all.",
    )
    delay: Delay = Field(
        default=timedelta(),
        description="How long after everybody else it sees each story, and each change of one. At most 30d.",
    )
    link_parameters: dict[LinkParameter, Text] = Field(
        default={}, description="Parameters that are added to the links of its copies, for its statistics."
    )
    rate: PartnerRate | None = Field(
        default=None,
        description="How many requests it may make in a second, minute, hour or day: `60/h`. As many may "
        "come at once; the allowance then grows again steadily. Left out, as many as it likes.",
    )
    expires: Expiry | None = Field(
        default=None,
        description="The last day of the contract, in the service's time zone, or an instant with its zone "
        "from which on nothing is given. Left out, it has no end.",
    )
    webhook: WebhookConfig | None = Field(
        default=None, description="Where changes are delivered to; left out, it asks for them."
    )
