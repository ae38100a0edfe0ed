"""Read single values of partners' contracts: keys, secrets, rates, last days.

As in ``values``, each reader returns the value in its own type or raises SettingError. What may be a secret
is never quoted.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TypeAlias

from aggregator.model.partner import Rate
from aggregator.rules import signing
from aggregator.rules.keys import digest
from aggregator.settings import values
from aggregator.settings.values import SettingError

Expiry: TypeAlias = date | datetime  # the last day, or the instant from which on nothing is given

HASHED = "sha256:"
KEY_LENGTHS = range(20, 201)
ADVICE = "write whsec_ before what `openssl rand -base64 32` prints"
RATE = r"[1-9][0-9]{0,5}/[smhd]"
LINK_PARAMETER = r"[A-Za-z0-9_.~-]{1,64}"
EXPIRY = r"2[0-9]{3}-[0-9]{2}-[0-9]{2}([T ].+)?"
_HASH = re.compile(rf"{HASHED}[0-9a-f]{{64}}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")  # RFC 3986, 2.3: the same in a path, escaped or not


def key(value: object) -> str:
    """Return what a key is known by, in hexadecimal digits; of the key itself, or of ``sha256:`` and that."""
    if not isinstance(value, str):
        raise SettingError("must be text: put it in quotes")
    written = value.strip()
    if written.lower().startswith(HASHED):
        if not _HASH.fullmatch(written.lower()):
            raise SettingError("must have 64 hexadecimal digits after sha256:")
        return written.lower().removeprefix(HASHED)
    if len(written) not in KEY_LENGTHS:
        raise SettingError(
            f"has {len(written)} characters, and must have {KEY_LENGTHS[0]} to {KEY_LENGTHS[-1]}: "
            "`openssl rand -hex 32` makes a good one"
        )
    if not _UNRESERVED.fullmatch(written):
        raise SettingError("must be of letters, digits and - . _ ~ alone, for it stands in addresses")
    return digest(written)


def secret(value: object) -> str:
    """Return a secret that signs, as Standard Webhooks writes it: ``whsec_`` and Base64."""
    written = value.strip() if isinstance(value, str) else ""
    try:
        signing.key_of(written)
    except ValueError:
        written = ""
    if not written.startswith(signing.PREFIX):
        raise SettingError(
            f"must be whsec_ and the Base64 of {signing.SHORTEST} to {signing.LONGEST} bytes: {ADVICE}"
        )
    return written


def one_or_more(value: object) -> object:
    """Return a list; a single value stands for a list of it."""
    return [value] if isinstance(value, str | int | float) else value


def webhook_url(value: object) -> str:
    """Return an absolute http or https address without a name and password in it."""
    written = values.text(value)
    if "@" in written.partition("://")[2].partition("/")[0]:
        raise SettingError(
            "must not hold a name and password: it is by their signature that deliveries are known"
        )
    return values.url(written)


def feeds(value: object) -> tuple[str, ...]:
    """Return names of feeds, published or not; ``("*",)`` stands for all of them."""
    if value == "*":
        return ("*",)
    if not isinstance(value, list | tuple):
        raise SettingError(f'must be "*" or a list of feeds, not {values.shown(value)}')
    if not value:
        raise SettingError("must not be empty")
    return tuple(values.text(each) for each in value)


def rate(value: object) -> Rate:
    """Return how many requests are allowed in which time: ``60/h``, ``5/s``."""
    written = str(value).replace(" ", "")
    if not re.fullmatch(RATE, written):
        raise SettingError(
            f"must be how many requests in which time, not {values.shown(value)}: write 60/m, 60/h or 60/d"
        )
    count, _, unit = written.partition("/")
    return Rate(count=int(count), period=values.duration(f"1{unit}"))


def spell_rate(allowed: Rate) -> str:
    """Return it as it would be written."""
    return f"{allowed.count}/{values.spell_duration(allowed.period)[-1]}"


def expiry(value: object) -> Expiry:
    """Return a day, or an instant in UTC that was written with its zone."""
    written = str(value).strip()
    if re.fullmatch(EXPIRY, written):
        try:
            if len(written) == len("2027-01-01"):
                return date.fromisoformat(written)
            instant = datetime.fromisoformat(written)
        except ValueError:
            pass
        else:
            if instant.tzinfo is None:
                raise SettingError(f"{written!r} names no zone: write {written}+07:00, or the day alone")
            return instant.astimezone(UTC)
    raise SettingError(
        f"{values.shown(value)} is not a day: write it as 2027-01-31, or as 2027-01-31T18:00+07:00"
    )


def spell_expiry(expires: Expiry) -> str:
    """Return it as it would be written."""
    return expires.isoformat()


def link_parameter(value: object) -> str:
    """Return the name of a parameter that is put into addresses."""
    written = str(value)
    if not re.fullmatch(LINK_PARAMETER, written):
        raise SettingError(
            f"{written!r} cannot be a parameter: use letters, digits and - . _ ~, 64 characters at most"
        )
    return written
