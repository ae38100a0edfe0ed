"""What is owed to partners' webhooks by the whole service, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.app import limits, sending_limits
from aggregator.engines.courier import Courier
from aggregator.model.partner import Hook

if TYPE_CHECKING:
    from aggregator.app import App
    from tests.app.conftest import Clock, Opens
    from tests.fetch.raw import RawServer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 # the specification's
PARTNERS = f"""
partners:
  warta:
    feeds: ["source/portal"]
    expires: 2024-11-30
    webhook: {{url: "HOOK", secret: {SECRET}}}
"""


def rss(*titles: str) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{number}</guid><title>{title}</title>"
        f"<link>https://portal.example.id/{number}</link>"
        f"<pubDate>Wed, 20 Nov 2024 {10 + number:02}:00:00 WIB</pubDate></item>"
        for number, title in enumerate(titles)
    )
    return f"<rss version='2.0'><channel><title>Portal</title>{items}</channel></rss>".encode()


@pytest.fixture
def app(opens: Opens, server: RawServer) -> App:
    server.say("/hook")
    partners = PARTNERS.replace("HOOK", server.url("/hook"))
    return opens(partners, news={"portal": server.say("/feed", rss("satu", "dua"))})


def told(server: RawServer) -> list[dict[str, Any]]:
    bodies = zip(server.heads, server.bodies, strict=True)
    return [json.loads(body) for head, body in bodies if head.startswith("POST")]


def test_changes_of_a_feed_that_nobody_asks_for_are_delivered(app: App, server: RawServer) -> None:
    app.run(list(app.sources))
    Courier(app).send_due()
    assert sorted(each["data"]["title"] for each in told(server)) == ["dua", "satu"]
    app.take_down(told(server)[0]["data"]["id"])
    Courier(app).send_due()
    assert [each["type"] for each in told(server)] == ["item.new", "item.new", "item.removed"]


def test_the_running_service_sends_at_once_and_ends_in_order(app: App, server: RawServer) -> None:
    courier = Courier(app)
    courier.start()
    app.run(list(app.sources))
    for _ in range(1000):
        if len(told(server)) == 2:
            break
        server.gate.wait(0.01)
    courier.stop()
    app.close()
    assert len(told(server)) == 2


def test_after_its_contract_nothing_is_owed_and_nothing_stays(
    app: App, server: RawServer, clock: Clock
) -> None:
    app.run(list(app.sources))
    clock.forward(days=11)
    Courier(app).send_due()
    assert app.store.partner_states()["warta"].owed.waiting == 2
    server.say("/feed", rss("satu", "dua", "tiga"))
    app.run(list(app.sources), force=True)
    assert app.store.partner_states()["warta"].owed.waiting == 2
    app.tidy()
    assert "warta" not in app.store.partner_states()
    assert told(server) == []


def test_what_is_over_is_forgotten(app: App, server: RawServer, clock: Clock) -> None:
    app.run(list(app.sources))
    Courier(app).send_due()
    clock.forward(days=6)
    app.tidy()
    assert app.store.partner_states()["warta"].owed.delivered == 2
    clock.forward(days=1)
    app.tidy()
    assert app.store.partner_states()["warta"].owed.delivered == 0
    assert len(told(server)) == 2


def test_what_waits_for_a_stopped_webhook_fails_after_a_day(
    app: App, server: RawServer, clock: Clock
) -> None:
    server.say("/hook", status="410 Gone")
    app.run(list(app.sources))
    Courier(app).send_due()
    assert app.store.hooks()["warta"] == Hook(
        failing_at=clock.now, stopped_at=clock.now, stopped_url=server.url("/hook")
    )
    clock.forward(hours=25)
    app.tidy()
    owed = app.store.partner_states()["warta"].owed
    assert (owed.waiting, owed.failed) == (0, 2)


def test_prometheus_sees_what_is_wrong_with_a_webhook_for_as_long_as_it_is(
    app: App, server: RawServer, clock: Clock
) -> None:
    def shown() -> dict[str, float]:
        lines = (line for line in app.metrics.exposition()[0].decode().splitlines() if "warta" in line)
        pairs = (line.removeprefix("aggregator_partner_").split('{partner="warta"} ') for line in lines)
        return {pair[0]: float(pair[1]) for pair in pairs if len(pair) == 2}

    assert shown() == {"webhook_up": 1, "deliveries_waiting": 0, "deliveries_failed": 0}
    server.say("/hook", status="500 Oops")
    app.run(list(app.sources))
    Courier(app).send_due()
    assert shown() == {"webhook_up": 0, "deliveries_waiting": 2, "deliveries_failed": 0}
    app.store.resume("warta", now=clock.now)
    assert shown()["webhook_up"] == 1
    server.say("/hook", status="410 Gone")
    Courier(app).send_due()
    assert shown()["webhook_up"] == 0
    clock.forward(hours=25)
    app.tidy()
    assert shown() == {"webhook_up": 0, "deliveries_waiting": 0, "deliveries_failed": 2}
    clock.forward(days=10)
    assert shown() == {}  # its contract is over


def test_sending_waits_for_no_other_partner_on_the_same_host(app: App) -> None:
    usual, sending = limits(app.settings), sending_limits(app.settings)
    assert sending.timeout.total_seconds() == 15 < usual.timeout.total_seconds()
    assert sending.per_host == sending.per_domain == sending.places > usual.per_host
    assert sending.allow_private_networks == usual.allow_private_networks
    assert sending.user_agent == usual.user_agent
