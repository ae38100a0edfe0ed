"""What partners' contracts become, and how single values of them are read."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model.feed import Extent, Part
from aggregator.model.partner import Partner, Rate, Terms, Webhook
from aggregator.settings import Settings, contracts, effective
from aggregator.settings.values import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Loads = Callable[..., Settings]
    Finds = Callable[..., list[str]]

KEY = "ak_abcdefghijklmnopqrstuvwxyz"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 # the scheme's own example
CONTRACTS = """\
service: {timezone: Asia/Jakarta, title: Kabar}
categories: {news: {sources: [{id: one, url: "https://one.example.id/"}]}}
feeds: {some: {categories: [news]}}
partners:
  warta:
    title: Warta Kota
    key: ["${WARTA_KEY}", "sha256:${OLD_HASH}"]
    feeds: [some, all, some, source/one]
    content: summary
    fields: [summary, image]
    delay: 90m
    link_parameters: {utm_source: kabar, utm_medium: feed & more}
    rate: 60/h
    expires: 2027-01-01
    webhook: {url: "https://warta.example.id/hook?token=${TOKEN}", secret: "${SECRET}"}
  gema: {feeds: "*"}
"""
ENVIRON = {"WARTA_KEY": KEY, "OLD_HASH": "Ab" * 32, "SECRET": SECRET, "TOKEN": "hush"}


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def test_a_contract_in_full_and_the_least_of_one(loads: Loads) -> None:
    warta, gema = loads(CONTRACTS, ENVIRON).partners
    assert warta == Partner(
        id="warta",
        title="Warta Kota",
        feeds=("some", "all", "source/one"),
        terms=Terms(
            extent=Extent.SUMMARY, parts=frozenset({Part.SUMMARY, Part.IMAGE}), delay=timedelta(minutes=90)
        ),
        link_parameters=(("utm_source", "kabar"), ("utm_medium", "feed & more")),
        rate=Rate(count=60, period=timedelta(hours=1)),
        expires=datetime(2027, 1, 1, 17, tzinfo=UTC),  # when 2 January begins in Jakarta
        key_hashes=frozenset({_hash(KEY), "ab" * 32}),
        webhook=Webhook(url="https://warta.example.id/hook?token=hush", secrets=(SECRET,)),
    )
    assert gema == Partner(
        id="gema", title="gema", feeds=("all", "some", "news", "source/one"), terms=Terms()
    )


def test_no_partner_is_as_good_as_none(loads: Loads, smallest: str) -> None:
    assert loads(smallest).partners == loads(smallest + "partners: {}\n").partners == ()


def test_keys_and_secrets_are_shown_nowhere(loads: Loads, tmp_path: Path) -> None:
    settings = loads(CONTRACTS, ENVIRON)
    shown = effective(tmp_path / "news.yaml", ENVIRON)["partners"]
    assert (shown["warta"]["key"], shown["warta"]["webhook"]) == (
        ["***", "***"],
        {"url": "https://warta.example.id/hook?token=***", "secret": ["***"]},
    )
    assert (shown["warta"]["delay"], shown["warta"]["rate"], shown["warta"]["expires"]) == (
        "90m",
        "60/h",
        "2027-01-01",
    )
    assert shown["gema"] == {"title": "gema", "feeds": "*", "delay": "0s", "link_parameters": {}}
    assert "hush" not in json.dumps(shown) + repr(settings)
    for told in (json.dumps(shown), repr(settings), repr(settings.partners), repr(settings.config)):
        assert KEY not in told
        assert SECRET not in told


def test_keys_and_secrets_can_stand_in_files(loads: Loads, smallest: str, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "old").write_text(f"{KEY}0\n")
    (tmp_path / "keys" / "new").write_text(f"  {KEY}1")
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    text = smallest + (
        "partners:\n"
        "  warta: {feeds: [all], key_file: [keys/old, keys/new]}\n"
        "  gema: {feeds: [all], webhook: {url: 'https://gema.example.id/', secret_file: secret}}\n"
    )
    warta, gema = loads(text).partners
    assert warta.key_hashes == {_hash(f"{KEY}0"), _hash(f"{KEY}1")}
    assert gema.webhook == Webhook(url="https://gema.example.id/", secrets=(SECRET,))
    shown = effective(tmp_path / "news.yaml", {})["partners"]
    assert (shown["warta"]["key"], "key_file" in shown["warta"]) == (["***", "***"], False)


def test_a_key_in_a_file_that_is_another_s_too_is_found(finds: Finds, smallest: str, tmp_path: Path) -> None:
    (tmp_path / "one").write_text(KEY)
    (tmp_path / "no").write_bytes(b"\xff\xfe")
    text = smallest + (
        "partners:\n"
        f"  warta: {{feeds: [all], key: {KEY}}}\n"
        "  gema: {feeds: [all], key_file: one}\n"
        "  suara: {feeds: [all], key_file: no}\n"
    )
    mistakes = finds(text)
    assert mistakes == [
        "10:34: partners.gema.key_file: partner 'warta' has this key already, at 9:30",
        "11:35: partners.suara.key_file: 'no' holds no text",
    ]
    assert KEY not in str(mistakes)


def test_no_key_or_secret_is_quoted_when_it_is_wrong(finds: Finds, smallest: str, tmp_path: Path) -> None:
    (tmp_path / "one").write_text("hush hush hush hush hush hush")
    text = smallest + (
        "partners:\n"
        "  a: {feeds: [all], key: 'hush/hush/hush/hush/hush'}\n"
        "  b: {feeds: [all], key_file: one}\n"
        "  c: {feeds: [all], key: 'sha256:hush'}\n"
        "  d: {feeds: [all], webhook: {url: 'https://hush:hush@d.example.id/', secret: whsec_hush}}\n"
    )
    mistakes = finds(text)
    assert len(mistakes) == 5
    assert "hush" not in str(mistakes)


@pytest.mark.parametrize(
    ("written", "end"),
    [
        ("2027-01-01T10:00+07:00", datetime(2027, 1, 1, 3, tzinfo=UTC)),
        ("2027-01-01 10:00:30Z", datetime(2027, 1, 1, 10, 0, 30, tzinfo=UTC)),
        ("2999-12-31", datetime(2999, 12, 31, 17, tzinfo=UTC)),
        ("2028-02-29", datetime(2028, 2, 29, 17, tzinfo=UTC)),
    ],
)
def test_when_a_contract_ends(loads: Loads, smallest: str, written: str, end: datetime) -> None:
    (partner,) = loads(smallest + f"partners: {{x: {{feeds: [all], expires: {written}}}}}\n").partners
    assert partner.expires == end
    assert not partner.has_expired(end - timedelta(microseconds=1))
    assert partner.has_expired(end)


def test_deliveries_may_go_unencrypted_inside_networks_of_one_s_own(loads: Loads, smallest: str) -> None:
    (partner,) = loads(
        smallest
        + "fetch: {allow_private_networks: [10.0.0.0/8]}\n"
        + f"partners: {{x: {{feeds: [all], webhook: {{url: 'http://10.0.0.7/', secret: {SECRET}}}}}}}\n"
    ).partners
    assert partner.webhook == Webhook(url="http://10.0.0.7/", secrets=(SECRET,))


def test_an_empty_white_list_is_none_of_the_parts(loads: Loads, smallest: str) -> None:
    (partner,) = loads(smallest + "partners: {x: {feeds: [all], fields: []}}\n").partners
    assert partner.terms == Terms(parts=frozenset())


@pytest.mark.parametrize("written", ["1/s", "60/m", "999999/d", "5/h"])
def test_a_rate_is_spelled_as_it_is_read(written: str) -> None:
    assert contracts.spell_rate(contracts.rate(written)) == written


@given(st.text(alphabet="abcABC019-._~", min_size=20, max_size=200))
def test_a_key_and_its_hash_are_known_by_the_same(key: str) -> None:
    assert contracts.key(key) == contracts.key(f"sha256:{_hash(key).upper()}") == _hash(key)


@given(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()), st.dates()
    )
)
def test_whatever_is_written_is_read_or_refused(written: Any) -> None:
    readers = (
        contracts.key,
        contracts.secret,
        contracts.webhook_url,
        contracts.feeds,
        contracts.rate,
        contracts.expiry,
        contracts.link_parameter,
    )
    for reader in readers:
        with suppress(SettingError):
            reader(written)
