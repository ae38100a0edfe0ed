"""What follows from contracts."""

from __future__ import annotations

from datetime import timedelta

from aggregator.model.partner import Hook, Lag, Partner, PartnerState, Terms, Use, Webhook, known_until
from tests.making import NOW, a_partner

WEBHOOK = Webhook(url="https://warta.example.id/hook", secrets=("whsec_c2VjcmV0",))


def test_who_has_a_delay_knows_what_was_told_before_it() -> None:
    hour = timedelta(hours=1)
    late = Partner(id="late", title="", feeds=("all",), terms=Terms(delay=hour))
    prompt = Partner(id="prompt", title="", feeds=("all",), terms=Terms())
    assert known_until([late, prompt], now=NOW) == {"late": NOW - hour}


def test_a_contract_is_over_at_the_instant_that_it_names() -> None:
    partner = a_partner(expires=NOW)
    assert [partner.has_expired(NOW + timedelta(seconds=late)) for late in (-1, 0)] == [False, True]
    assert not a_partner().has_expired(NOW)


def test_of_no_fetches_there_is_no_share() -> None:
    assert Use(fetches=4, unmodified=3).unmodified_share == 0.75
    assert Use().unmodified_share is None


def test_a_webhook_that_wants_no_more_is_left_alone_until_its_address_changes() -> None:
    stopped = Hook(stopped_at=NOW, stopped_url=WEBHOOK.url)
    assert stopped.stopped_since(WEBHOOK) == NOW
    assert not stopped.works(WEBHOOK)
    other = Webhook(url="https://warta.example.id/new", secrets=WEBHOOK.secrets)
    assert stopped.works(other)
    assert not Hook(failing_at=NOW).works(other)


def test_who_is_behind_in_several_feeds_is_told_the_furthest() -> None:
    lags = [Lag(feed=f"f{behind}", behind=behind, since=NOW, read_at=NOW) for behind in (3, 9, 1)]
    assert PartnerState(lags=tuple(lags)).lag == lags[1]
    assert PartnerState().lag is None
