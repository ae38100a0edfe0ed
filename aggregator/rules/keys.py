"""Partners' keys: what they are known by, for they themselves are kept nowhere."""

from __future__ import annotations

import hashlib


def digest(key: str) -> str:
    """Return what ``key`` is known by: its SHA-256, in hexadecimal digits.

    A key has far more bits than anybody can try, so that no salt or slow function is needed. Any text may
    be asked for, lone surrogates too: strangers send what they like.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
