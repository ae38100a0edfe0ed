from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from aggregator.rules.signing import key_of, message_id, signed
from tests.making import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "whsec_" + base64.b64encode(b"partner's own secret, no. 1").decode()
OTHER = "whsec_" + base64.b64encode(b"partner's own secret, no. 2").decode()

messages = st.text(st.characters(codec="ascii", categories=["L", "N"], include_characters="_-"), min_size=1)
values = st.dictionaries(st.text(), st.text() | st.integers())


def test_the_example_of_the_specification() -> None:
    """The symmetric example that all libraries of the scheme are tested with."""
    headers = signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        at=datetime.fromtimestamp(1614265330, UTC),
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(message=messages, value=values, key=st.binary(min_size=24, max_size=64))
def test_whoever_knows_the_secret_believes_it(message: str, value: dict[str, object], key: bytes) -> None:
    body = json.dumps(value, ensure_ascii=False).encode()
    secret = "whsec_" + base64.b64encode(key).decode()
    with time_machine.travel(NOW, tick=False):
        assert Webhook(secret).verify(body, signed(message, body, at=NOW, secrets=[secret])) == value


@pytest.fixture
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.usefixtures("_now")
class TestExchange:
    body = b'{"a": 1}'

    def test_while_secrets_are_exchanged_either_will_do(self) -> None:
        headers = signed("msg_1", self.body, at=NOW, secrets=[SECRET, OTHER])
        assert headers["webhook-signature"].count("v1,") == 2
        for secret in (SECRET, OTHER):
            assert Webhook(secret).verify(self.body, headers) == {"a": 1}

    @pytest.mark.parametrize(
        ("change", "body"),
        [
            pytest.param({}, b'{"a": 2}', id="another body"),
            pytest.param({"webhook-id": "msg_2"}, body, id="another message"),
            pytest.param({"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, body, id="another time"),
            pytest.param(
                signed("msg_1", body, at=NOW - timedelta(minutes=6), secrets=[SECRET]), body, id="too old"
            ),
            pytest.param(signed("msg_1", body, at=NOW, secrets=[OTHER]), body, id="another's"),
        ],
    )
    def test_nothing_else_is_believed(self, change: dict[str, str], body: bytes) -> None:
        headers = signed("msg_1", self.body, at=NOW, secrets=[SECRET]) | change
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body, headers)


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("whsec_" + "A" * 32, id="in full"),
        pytest.param("A" * 32, id="without its prefix"),
        pytest.param("whsec_" + "A" * 34, id="without its padding"),
    ],
)
def test_a_secret_may_be_written(secret: str) -> None:
    assert set(key_of(secret)) == {0}


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        pytest.param("whsec_not base64 at all, I fear", "no base64", id="no base64"),
        pytest.param("whsec_" + "A" * 33, "no base64", id="cut"),
        pytest.param("whsec_" + "A" * 28, "21 bytes", id="short"),
        pytest.param("whsec_" + "A" * 88, "66 bytes", id="long"),
        pytest.param("", "0 bytes", id="empty"),
        pytest.param("whsec_é" + "A" * 31, "no base64", id="beyond ASCII"),
    ],
)
def test_a_secret_that_is_none(secret: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        key_of(secret)


def test_a_message_is_named_by_all_its_parts() -> None:
    assert message_id("a", "b") == message_id("a", "b")
    names = {message_id(*parts) for parts in (["a", "b"], ["ab"], ["", "ab"], ["a", "b", ""], ["b", "a"])}
    assert len(names) == 5
    assert all(name.startswith("msg_") and len(name) == 44 for name in names)
