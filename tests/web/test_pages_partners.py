"""What the status page says of partners."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.model.partner import Hook, Lag, Owed, Partner, PartnerState, Terms, Use, Webhook
from aggregator.web.accounts import account
from aggregator.web.moments import moment
from aggregator.web.words import ENGLISH, INDONESIAN
from tests.making import JAKARTA
from tests.web.newsroom import NOW

if TYPE_CHECKING:
    from tests.web.newsroom import Newsroom

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOOK = Webhook(url="https://warta.example.id/hook?token=hush", secrets=("whsec_hush",))
WARTA = Partner(
    id="warta",
    title="Warta <Kota>",
    feeds=("all", "logistik"),
    terms=Terms(),
    key_hashes=frozenset({"ab" * 32}),
    webhook=HOOK,
)
BUSY = PartnerState(
    use=Use(fetches=8, unmodified=6, refused=1, bytes=1_550_000, items=40, fetched_at=NOW - HOUR),
    lags=(
        Lag(feed="all", behind=7, since=NOW - 2 * HOUR, read_at=NOW - HOUR),
        Lag(feed="logistik", behind=0, since=None, read_at=NOW),
    ),
    owed=Owed(waiting=3, delivered=5),
    keys_made_at=(NOW - 40 * DAY, NOW - 2 * DAY),
)


def section(newsroom: Newsroom) -> str:
    """Return the part of the status page that is on partners, without its tags."""
    page = newsroom.ask("/status").text
    _, heading, told = page.partition("<h2>")
    assert heading
    assert "hush" not in page
    assert "ab" * 32 not in page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", told))


def test_without_partners_nothing_is_said_of_them(newsroom: Newsroom) -> None:
    assert "<h2>" not in newsroom.ask("/status").text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param(
            "en",
            ["Partners", "1 hour ago", "7 in all ( 2 hours ago )", "3 waiting", "configured", "2 days ago",
             "8 75% brought nothing new", "1.6 MB", " 40 "],
            id="English",
        ),
        pytest.param(
            "id",
            ["Mitra", "1 jam lalu", "7 di all ( 2 jam lalu )", "3 menunggu", "di konfigurasi", "2 hari lalu",
             "8 75% tanpa yang baru", "1,6 MB", " 40 "],
            id="Indonesian",
        ),
    ],
)  # fmt: skip
def test_what_a_partner_took_and_is_owed(newsroom: Newsroom, language: str, words: list[str]) -> None:
    newsroom.site = replace(newsroom.site, language=language)
    newsroom.partners = [WARTA]
    newsroom.store.known_partners = {"warta": BUSY, "gone": BUSY}
    told = section(newsroom)
    assert "Warta &lt;Kota&gt; all, logistik" in told
    for word in words:
        assert word in told
    assert "gone" not in told
    assert "logistik (" not in told, "it has read all of that"
    assert 'class="is-good"' in newsroom.ask("/status").text.partition("<h2>")[2]


def test_a_partner_without_a_key_is_told_how_to_get_one(newsroom: Newsroom) -> None:
    newsroom.partners = [replace(WARTA, key_hashes=frozenset())]
    assert "aggregator partners new-key warta" in section(newsroom)
    newsroom.store.known_partners = {"warta": PartnerState(keys_made_at=(NOW,))}
    assert "new-key" not in section(newsroom)


def test_a_database_that_does_not_know_them_yet_is_no_trouble(newsroom: Newsroom) -> None:
    newsroom.partners = [WARTA]
    newsroom.store.known_partners = {}
    told = section(newsroom)
    assert "0 B" in told
    assert "0 menunggu" in told
    assert "%" not in told
    newsroom.partners = [replace(WARTA, webhook=None)]
    assert "menunggu" not in section(newsroom)


@pytest.mark.parametrize(
    ("partner", "known", "state", "remark"),
    [
        pytest.param(WARTA, PartnerState(), "new", "", id="new"),
        pytest.param(replace(WARTA, expires=NOW + DAY), BUSY, "good", "runs until", id="until"),
        pytest.param(replace(WARTA, expires=NOW), BUSY, "bad", "is over since", id="over"),
        pytest.param(
            WARTA,
            replace(BUSY, hook=Hook(stopped_at=NOW, stopped_url=HOOK.url)),
            "bad",
            "no more since",
            id="stopped",
        ),
        pytest.param(
            WARTA,
            replace(BUSY, hook=Hook(stopped_at=NOW, stopped_url="https://x/")),
            "good",
            "",
            id="elsewhere",
        ),
        pytest.param(
            WARTA, replace(BUSY, hook=Hook(failing_at=NOW)), "bad", "taken nothing since", id="failing"
        ),
        pytest.param(WARTA, replace(BUSY, owed=Owed(failed=1)), "bad", "", id="failed"),
    ],
)
def test_what_an_operator_should_know(partner: Partner, known: PartnerState, state: str, remark: str) -> None:
    told = account(
        partner,
        known,
        now=NOW,
        moment=lambda instant: moment(instant, now=NOW, zone=JAKARTA, words=ENGLISH),
        words=ENGLISH,
    )
    assert told.state == state
    assert len(told.remarks) == bool(remark)
    assert remark in "".join(told.remarks)


@pytest.mark.parametrize(
    ("count", "size"),
    [(0, "0 B"), (999, "999 B"), (1000, "1,0 kB"), (1_500_000, "1,5 MB"), (2 * 10**9, "2,0 GB"),
     (3 * 10**12, "3,0 TB"), (4 * 10**15, "4000,0 TB")],
)  # fmt: skip
def test_sizes(count: int, size: str) -> None:
    told = account(
        WARTA,
        PartnerState(use=Use(bytes=count)),
        now=NOW,
        moment=lambda instant: moment(instant, now=NOW, zone=JAKARTA, words=INDONESIAN),
        words=INDONESIAN,
    )
    assert told.size == size
