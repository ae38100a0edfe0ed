"""``partners test`` and ``partners replay``."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from aggregator.app import system_clock
from aggregator.store import tables
from tests.fetch.raw import RawServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.commands import Commands

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 # the specification's


@pytest.fixture
def server() -> Iterator[RawServer]:
    with closing(RawServer()) as running:
        yield running


@pytest.fixture
def agreed(commands: Commands, server: RawServer) -> Commands:
    """Return the commands, with partners, two of them with a webhook."""
    text = commands.path.read_text(encoding="utf-8")
    hook = f'{{url: "{server.url("/hook")}", secret: {SECRET}}}'
    text += f"""
partners:
  warta: {{feeds: "*", webhook: {hook}}}
  over: {{feeds: [all], expires: 2020-01-01, webhook: {hook}}}
  asks: {{feeds: [all]}}
"""
    commands.path.write_text(text, encoding="utf-8")
    return commands


class TestTrying:
    def test_a_sample_is_sent_that_the_partner_believes(self, agreed: Commands, server: RawServer) -> None:
        server.say("/hook", status="204 No Content")
        result = agreed("partners", "test", "warta")
        assert result.exit_code == 0
        assert result.stdout.startswith("warta: taken with status 204 in ")
        [head], [body] = server.heads, server.bodies
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        sent = Webhook(SECRET).verify(body, headers)
        assert (sent["type"], sent["test"]) == ("item.new", True)

    def test_for_programs(self, agreed: Commands, server: RawServer) -> None:
        url = server.say("/hook")
        found = agreed.json("partners", "test", "warta")
        assert found.pop("seconds") >= 0
        assert found.pop("id").startswith("msg_")
        assert found == {"partner": "warta", "url": url, "status": 200, "error": "", "resumed": False}
        server.say("/hook", status="500 Oops")
        assert agreed.json("partners", "test", "warta", exit_code=1)["error"].startswith("status 500")

    @pytest.mark.parametrize(
        ("status", "advice"),
        [
            ("301 Moved", "write the address that it names as partners.warta.webhook.url"),
            ("401 Unauthorized", "does it check with the secret that is configured, and over the raw body?"),
            ("404 Not Found", "is partners.warta.webhook.url right?"),
            ("410 Gone", "it wants nothing any more: ask the partner for another address"),
            ("502 Bad Gateway", "its server failed: its log knows why"),
            ("418 I'm a teapot", ""),
        ],
    )
    def test_what_failed_is_said_with_what_to_do(
        self, agreed: Commands, server: RawServer, status: str, advice: str
    ) -> None:
        url = server.say("/hook", b"", "Location: /elsewhere", status=status)
        result = agreed("partners", "test", "warta")
        assert result.exit_code == 1
        first, *more = result.stderr.splitlines()
        assert first.startswith(f"warta: {url}: status {status[:3]}")
        assert more == ([advice] if advice else [])

    def test_nobody_there(self, agreed: Commands, server: RawServer) -> None:
        text = agreed.path.read_text(encoding="utf-8").replace(server.url("/hook"), "http://127.0.0.1:1/hook")
        agreed.path.write_text(text, encoding="utf-8")
        result = agreed("partners", "test", "warta")
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1

    def test_a_stopped_one_that_takes_it_goes_on(self, agreed: Commands, server: RawServer) -> None:
        with agreed.store() as store:
            store.stop("warta", server.say("/hook", status="500 Oops"), at=system_clock())
            agreed("partners", "test", "warta")
            assert store.hooks()
            server.say("/hook")
            assert "what waits is delivered now" in agreed("partners", "test", "warta").stdout
            assert store.hooks() == {}

    def test_who_has_no_webhook(self, agreed: Commands) -> None:
        for command in (["test", "asks"], ["replay", "asks", "--since", "1d"]):
            result = agreed("partners", *command)
            assert result.exit_code == 2
            assert result.stderr == "asks: has no webhook; configure partners.asks.webhook\n"


class TestReplay:
    def test_what_changed_since_then_is_delivered_again(self, agreed: Commands, server: RawServer) -> None:
        server.say("/hook")
        agreed("run")
        sent = [json.loads(body) for body in server.bodies]
        assert {each["type"] for each in sent} == {"item.new"}
        assert len(sent) > 10
        result = agreed("partners", "replay", "warta", "--since", "1h")
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith(f"warta: {len(sent)} stories are delivered again")
        agreed("run")
        again = [json.loads(body) for body in server.bodies[len(sent) :]]
        ids = [{each["data"]["id"] for each in some} for some in (sent, again)]
        assert ids[0] == ids[1]
        names = [head.partition("webhook-id: ")[2].partition("\r")[0] for head in server.heads]
        assert sorted(names[: len(sent)]) == sorted(names[len(sent) :])  # the same messages

    def test_from_a_day_or_an_instant_on(self, agreed: Commands, server: RawServer) -> None:
        with agreed.store() as store:
            store.stop("warta", server.url("/hook"), at=system_clock())
        found = agreed.json("partners", "replay", "warta", "--since", "2024-11-20T14:30+07:00")
        assert found == {"partner": "warta", "since": "2024-11-20T07:30:00+00:00", "stories": 0}
        with agreed.store() as store:
            assert store.hooks() == {}
        day = agreed.json("partners", "replay", "warta", "--since", "2024-11-20")
        assert day["since"] == "2024-11-19T17:00:00+00:00"
        ago = datetime.fromisoformat(agreed.json("partners", "replay", "warta", "--since", "2d")["since"])
        assert timedelta(days=2) <= system_clock() - ago < timedelta(days=2, minutes=1)

    @pytest.mark.parametrize("since", ["2999-01-01", "2999-01-01T00:00+07:00"])
    def test_what_is_still_to_come_is_refused_and_resumes_nothing(
        self, agreed: Commands, server: RawServer, since: str
    ) -> None:
        with agreed.store() as store:
            store.stop("warta", server.url("/hook"), at=system_clock())
            stopped = store.hooks()
            result = agreed("partners", "replay", "warta", "--since", since)
            assert (result.exit_code, result.stdout) == (2, "")
            assert result.stderr == f"--since {since}: that is still to come; name a time that is past\n"
            assert store.hooks() == stopped

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["warta", "--since", "yesterday"], "--since yesterday: write a duration such as 2d, a day"),
            (["warta", "--since", "2024-11-20T14:30"], "--since 2024-11-20T14:30: write"),
            (["over", "--since", "2d"], "over: its contract is over; correct partners.over.expires"),
            (["nobody", "--since", "2d"], "no partner 'nobody' is configured"),
        ],
    )
    def test_mistakes(self, agreed: Commands, arguments: list[str], said: str) -> None:
        result = agreed("partners", "replay", *arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith(said)


def test_a_pass_without_a_service_delivers(agreed: Commands, server: RawServer) -> None:
    server.say("/hook")
    agreed("run")
    column = tables.deliveries.c
    with agreed.store() as store, store.database.reading() as connection:
        rows = connection.execute(select(column.partner, column.due_at, column.error)).all()
    assert rows
    assert {tuple(row) for row in rows} == {("warta", None, "")}
