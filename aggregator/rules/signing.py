"""Sign what is delivered to a partner, so that it knows from whom it comes.

The scheme is that of Standard Webhooks (https://www.standardwebhooks.com, "Signature scheme", symmetric).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  #: bytes of a key, as the specification recommends


def key_of(secret: str) -> bytes:
    """Return the key that ``secret`` stands for: base64, with or without ``whsec_`` before it.

    Raises:
        ValueError: it is no base64, or not of 24 to 64 bytes.
    """
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise ValueError("no base64") from error
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"{len(key)} bytes, and it takes {SHORTEST} to {LONGEST}")
    return key


def signed(message: str, body: bytes, *, at: datetime, secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers that say which message ``body`` is, of when, and by whom: signed with each secret.

    Args:
        message: its id; the same for every attempt to deliver it.
        body: as it is sent.
        at: when it is sent; aware.
        secrets: that ``key_of`` takes; two while they are exchanged.
    """
    timestamp = str(int(at.timestamp()))
    content = f"{message}.{timestamp}.".encode() + body
    signatures = (hmac.new(key_of(secret), content, hashlib.sha256).digest() for secret in secrets)
    return {
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }


def message_id(*parts: str) -> str:
    """Return an id for a message that has these ``parts`` to itself."""
    # The length before each: no two lists of parts read the same.
    whole = "".join(f"{len(part)}:{part}" for part in parts)
    return f"msg_{hashlib.sha256(whole.encode()).hexdigest()[:40]}"
