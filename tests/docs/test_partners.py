"""docs/partners.md is true: its contract means what it says, its steps do what they say."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.model.feed import Extent, Part
from aggregator.model.partner import Partner, Rate, Terms, Webhook
from aggregator.rules.keys import digest
from aggregator.settings import contracts, load
from aggregator.settings.shape_partners import PartnerConfig
from tests.cli.commands import Commands
from tests.cli.conftest import untouched_logging  # noqa: F401 # a fixture, used below by its name
from tests.docs.test_docs import ROOT, SPAN, blocks, cells, code, section

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("untouched_logging")

PAGE = "docs/partners.md"
SECRET = f"whsec_{base64.b64encode(bytes(32)).decode()}"


@pytest.fixture
def agreed(tmp_path: Path) -> Commands:
    """Return the commands, with the page's contract and a database of their own."""
    [contract] = [block for block in blocks("yaml") if block.page == PAGE]
    path = tmp_path / "aggregator.yaml"
    text = contract.text.replace("${WARTA_SECRET}", SECRET)
    path.write_text(f"{text}database: {{url: 'sqlite:///{tmp_path}/a.db'}}\n", encoding="utf-8")
    return Commands(path)


def test_the_contract_means_what_its_comments_say(agreed: Commands) -> None:
    (partner,) = load(agreed.path, {}).partners
    assert partner == Partner(
        id="warta",
        title="Warta Kota",
        feeds=("logistik", "all"),
        terms=Terms(
            extent=Extent.SUMMARY,
            parts=frozenset({Part.SUMMARY, Part.IMAGE, Part.AUTHORS}),
            delay=timedelta(minutes=30),
        ),
        link_parameters=(("utm_source", "warta"),),
        rate=Rate(count=60, period=timedelta(hours=1)),
        expires=datetime(2027, 12, 31, 17, tzinfo=UTC),
        webhook=Webhook(url="https://warta.example.id/hooks/kabar", secrets=(SECRET,)),
    )


def test_the_contract_shows_every_key_but_those_for_keys(agreed: Commands) -> None:
    written = set(re.findall(r"^    (\w+):", agreed.path.read_text(encoding="utf-8"), re.MULTILINE))
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    named = {name for name in PartnerConfig.model_fields if f"`{name}`" in text}
    assert written | named >= set(PartnerConfig.model_fields)


def test_keys_rotate_as_the_page_says(agreed: Commands) -> None:
    def made() -> str:
        result = agreed("partners", "new-key", "warta")
        assert result.exit_code == 0, result.output
        assert re.fullmatch(r"ak_.{43}\n", result.stdout)
        return digest(result.stdout.strip())

    def valid() -> set[str]:
        with agreed.store() as store:
            return set(store.keys())

    old, new = made(), made()
    assert valid() == {old, new}, "both are valid"
    one_more = made()
    assert valid() == {new, one_more}, "the old one ended at once"
    earlier = valid()
    made(), made()
    assert not valid() & earlier, "none that was made earlier is valid"


def test_the_hash_of_a_key_stands_for_it() -> None:
    [line] = [block.text for block in blocks("sh") if block.page == PAGE and "sha256sum" in block.text]
    key = "abcdefghijklmnopqrstuvwxyz"
    told = subprocess.run(
        ["/bin/sh", "-c", line],
        env={**os.environ, "WARTA_KEY": key},
        capture_output=True,
        text=True,
        check=True,
    )
    assert contracts.key(f"sha256:{told.stdout.split()[0]}") == contracts.key(key)


def test_the_columns_are_those_of_the_command(agreed: Commands) -> None:
    head = re.split(r"\s{2,}", agreed("partners").stdout.splitlines()[0].strip())
    assert [code(row[0]) for row in cells(section(PAGE, "What each has taken"))] == head


def test_addresses_of_feeds_are_those_that_the_command_tells(agreed: Commands) -> None:
    addresses = [row[1] for row in cells(section(PAGE, "Give it a key"))]
    told = agreed("partners", "new-key", "warta").stderr
    assert SPAN.findall(addresses[0])[0] in told
    assert SPAN.findall(addresses[1])[0] in told
