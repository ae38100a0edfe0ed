"""Read single values as people write them: ``15m``, ``10MB``, ``Asia/Jakarta``, ``127.0.0.1:8080``.

Every reader returns the value in its own type or raises SettingError with a sentence for the operator.
Messages quote what was written, unless it may be a secret.
"""

from __future__ import annotations

import difflib
import re
from datetime import date, timedelta, timezone, tzinfo
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from aggregator.rules.languages import tag
from aggregator.rules.phrases import spelled
from aggregator.rules.urls import Tracking

if TYPE_CHECKING:
    from collections.abc import Sequence

Network: TypeAlias = IPv4Network | IPv6Network
ZoneFix: TypeAlias = Literal["off", "auto"] | tzinfo
Keep: TypeAlias = timedelta | int  # since an item left its document; or how many items, the newest
Gate: TypeAlias = Literal["off"] | int

LONGEST = timedelta(days=3650)
MOST_KEPT = 1_000_000
WIDEST_GATE = 10_000
DURATION = r"[0-9]{1,9}[smhd]"
SIZE = r"[0-9]{1,9}(KB|MB|GB|KiB|MiB|GiB)"
NAME = r"[a-z0-9][a-z0-9-]{0,62}"
LANGUAGE = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*"
OFFSET = r"[+-](0[0-9]|1[0-4]):[0-5][0-9]"
ABBREVIATION = r"[A-Z]{2,5}"
HEADER = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # a token of RFC 9110, 5.6.2
PARAMETER = r"[A-Za-z0-9_.-]+\*?"

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_BYTES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Thai and Lao, Burmese, Khmer, Balinese, Japanese, Chinese, Javanese: no spaces say where a word ends.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1b00-\u1b7f\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\ua980-\ua9df\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
#: Files of a zone directory that are no zones of IANA's, or that mean another zone on every machine.
_NO_ZONES = re.compile(r"(posix|right)/.*|posixrules|localtime|Factory")
_INDONESIAN = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
_TELLING = ("p", "id", "page")  # parameters that tell documents apart on half of the web's sites


class SettingError(ValueError):
    """A value that cannot be used; says what it must be. A ValueError, for pydantic collects those."""


def text(value: object) -> str:
    """Return one line of text, without white space around it."""
    if isinstance(value, bool | int | float):
        raise SettingError(f"must be text, and {shown(value)} is not: put it in quotes")
    if not isinstance(value, str):
        raise SettingError("must be text")
    stripped = value.strip()
    if not stripped:
        raise SettingError("must not be empty")
    if _CONTROL.search(stripped):
        raise SettingError("must be one line, without control characters")
    return stripped


def whole(value: object, *, least: int, most: int) -> int:
    """Return a whole number; text is read too, since a variable's value is text."""
    if isinstance(value, str) and re.fullmatch(r"[-+]?[0-9]{1,18}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingError(f"must be a whole number from {least} to {most}, not {shown(value)}")
    if not least <= value <= most:
        raise SettingError(f"must be from {least} to {most}, not {value}")
    return value


def duration(
    value: object, *, least: timedelta = timedelta(seconds=1), most: timedelta = LONGEST
) -> timedelta:
    """Return a span of time written with its unit: ``90s``, ``15m``, ``6h``, ``1d``."""
    written = str(value).strip()
    if re.fullmatch(r"-[0-9]{1,9}[smhd]?", written):
        raise SettingError(f"must not be less than no time, and {written} is")
    if not re.fullmatch(DURATION, written):
        n = written if re.fullmatch(r"[0-9]{1,9}", written) else "15"
        raise SettingError(
            f"must be a duration with its unit, not {shown(value)}: write {n}s, {n}m, {n}h or {n}d"
        )
    seconds = int(written[:-1]) * _SECONDS[written[-1]]
    if not least.total_seconds() <= seconds <= most.total_seconds():
        raise SettingError(f"must be from {spell_duration(least)} to {spell_duration(most)}, not {written}")
    return timedelta(seconds=seconds)


def spell_duration(span: timedelta) -> str:
    """Return ``span`` as it would be written, in the largest unit that divides it."""
    seconds = round(span.total_seconds())
    unit = next(unit for unit in ("dhms" if seconds else "s") if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def keep(value: object) -> Keep:
    """Return how long items are kept, or how many: ``90d``, ``500``."""
    written = str(value).strip()
    if re.fullmatch(r"[-+]?[0-9]{1,18}", written):
        return whole(int(written), least=1, most=MOST_KEPT)
    if not re.fullmatch(DURATION, written):
        raise SettingError(
            f"must be a duration such as 90d, or how many items are kept, such as 500, not {shown(value)}"
        )
    return duration(written)


def spell_keep(kept: Keep) -> str | int:
    """Return it as it would be written."""
    return kept if isinstance(kept, int) else spell_duration(kept)


def gate(value: object) -> Gate:
    """Return how many suspect items of one collect are let through, or ``off``: all of them."""
    if value == "off":
        return "off"
    try:
        return whole(value, least=1, most=WIDEST_GATE)
    except SettingError as error:
        raise SettingError(
            f"must be 'off' or a whole number from 1 to {WIDEST_GATE}, not {shown(value)}"
        ) from error


def size(value: object, *, least: int = 10**3, most: int = 10**9) -> int:
    """Return a number of bytes written with its unit: ``512KB`` (1000 each), ``10MiB`` (1024 each)."""
    written = str(value).replace(" ", "")
    match = re.fullmatch(SIZE, written)
    if not match:
        raise SettingError(f"must be a size with its unit, not {shown(value)}: write 512KB, 10MB or 4MiB")
    number = int(written.removesuffix(match[1])) * _BYTES[match[1]]
    if not least <= number <= most:
        raise SettingError(f"must be from {spell_size(least)} to {spell_size(most)}, not {written}")
    return number


def spell_size(number: int) -> str:
    """Return a number of bytes as it would be written."""
    fitting = [unit for unit, factor in _BYTES.items() if number % factor == 0]
    unit = max(fitting, key=_BYTES.__getitem__, default="KB")
    return f"{number // _BYTES[unit]}{unit}"


def name(value: object) -> str:
    """Return a name that can stand in an address: lower-case letters, digits and hyphens."""
    written = str(value)
    if not re.fullmatch(NAME, written):
        raise SettingError(
            f"{written!r} cannot stand in an address: "
            "use lower-case letters, digits and hyphens, 63 at most, beginning with a letter or digit"
        )
    return written


def one_of(value: object, *, choices: Sequence[str], later: Sequence[str] = ()) -> str:
    """Return one of ``choices``; ``later`` holds those that only a later version will have."""
    if value in later:
        raise SettingError(f"{value!r} is not in this version yet: use {_either(choices)}")
    if value not in choices:
        hint = did_you_mean(str(value), choices)
        raise SettingError(f"must be {_either(choices)}, not {shown(value)}{hint}")
    return str(value)


def zone(value: object) -> ZoneInfo:
    """Return the time zone of an IANA name, such as ``Asia/Jakarta``."""
    written = text(value)
    if written.upper() in _INDONESIAN:
        raise SettingError(f"{written!r} is not an IANA time zone: write {_INDONESIAN[written.upper()]}")
    try:
        found = None if _NO_ZONES.fullmatch(written) else ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown, outside the directory, a directory
        found = None
    if found is None:
        raise SettingError(
            f"{written!r} is not an IANA time zone such as Asia/Jakarta"
            f"{did_you_mean(written, sorted(available_timezones()))}"
        )
    return found


def zone_fix(value: object) -> ZoneFix:
    """Return what to do about a wrongly named zone: ``off``, ``auto``, or the zone that is really meant."""
    if value in ("off", "auto"):  # not a set: a list cannot be looked up in one
        return "off" if value == "off" else "auto"
    if isinstance(value, str) and re.fullmatch(OFFSET, value):
        ahead = timedelta(hours=int(value[1:3]), minutes=int(value[4:]))
        return timezone(-ahead if value[0] == "-" else ahead)
    try:
        return zone(value)
    except SettingError as error:
        raise SettingError(
            f"must be 'off', 'auto', an offset such as \"+07:00\" or a zone such as Asia/Jakarta: {error}"
        ) from error


def spell_zone_fix(fix: ZoneFix) -> str:
    """Return it as it would be written."""
    return str(fix).removeprefix("UTC") or "+00:00"


def truth(value: object) -> bool:
    """Return ``true`` or ``false``; text is read too, since a variable's value is text."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise SettingError(f"must be true or false, not {shown(value)}")


def language(value: object) -> str:
    """Return a language tag (BCP 47), such as ``id`` or ``en-GB``."""
    written = text(value)
    found = tag(written)
    if not found or "_" in written:
        raise SettingError(f"{written!r} is not a language tag: write one such as id or en-GB")
    return found


def url(value: object) -> str:
    """Return an absolute http or https address without a name and password in it."""
    written = text(value)
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname, parts.port  # the port is only checked when it is asked for
    except ValueError as error:
        raise SettingError("must be an address such as https://www.example.id/feed/") from error
    if parts.scheme not in {"http", "https"} or not host or re.search(r"\s", written):
        raise SettingError("must be an http:// or https:// address, such as https://www.example.id/feed/")
    if "@" in parts.netloc:
        raise SettingError("must not hold a name and password, for addresses are published: use headers")
    return written


def site_url(value: object) -> str:
    """Return the address under which the service is reached, without a trailing slash."""
    written = url(value)
    if "?" in written or "#" in written:
        raise SettingError("must have no ? and no #: feeds' addresses begin with it")
    return written.rstrip("/")


def listen(value: object) -> tuple[str, int]:
    """Return host and port of ``127.0.0.1:8080`` or ``[::1]:8080``."""
    written = text(value)
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:\[\]/@]+)):([0-9]{1,5})", written)
    if not match or int(match[3]) > 65_535:  # noqa: PLR2004 # the highest port there is
        raise SettingError(f"{written!r} is no host and port: write them as 127.0.0.1:8080 or [::1]:8080")
    return match[1] or match[2], int(match[3])


def spell_listen(address: tuple[str, int]) -> str:
    """Return host and port as they would be written."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches ``host``."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def database_url(value: object) -> str:
    """Return the address of a database. Never quoted: it may hold a password."""
    written = text(value)
    if re.fullmatch(r"sqlite:///.+|postgresql\+psycopg://.+", written):
        return written
    if written.startswith(("postgres://", "postgresql://")):
        raise SettingError("must name its driver: begin it with postgresql+psycopg://")
    raise SettingError("must begin with sqlite:/// or postgresql+psycopg://")


def network(value: object) -> Network:
    """Return a range of IP addresses (CIDR), such as ``10.0.0.0/8``, or a single one."""
    written = text(value)
    try:
        return ip_network(written)
    except ValueError as error:
        raise SettingError(f"{written!r} is no range of addresses: write one such as 10.0.0.0/8") from error


def day(value: object) -> str:
    """Return a day of the calendar, ``YYYY-MM-DD``."""
    written = text(value)
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise SettingError(f"{written!r} is not a day: write it as 2024-01-31") from error


def abbreviation(value: object) -> str:
    """Return the abbreviation of a time zone, such as ``IST``."""
    written = str(value)
    if not re.fullmatch(ABBREVIATION, written):
        raise SettingError(f"{written!r} is not an abbreviation of a time zone such as IST")
    return written


def offset(value: object) -> str:
    """Return an offset from UTC, ``+07:00``."""
    if not isinstance(value, str) or not re.fullmatch(OFFSET, value):
        raise SettingError(f'must be an offset such as "+05:30", not {shown(value)}')
    return value


def header(value: object) -> str:
    """Return the name of an HTTP header."""
    written = str(value)
    if not re.fullmatch(HEADER, written):
        raise SettingError(f"{written!r} is not the name of an HTTP header")
    return written


def header_value(value: object) -> str:
    """Return the value of an HTTP header. Never quoted: it may be a secret."""
    if not isinstance(value, str):
        raise SettingError("must be text: put it in quotes")
    if _CONTROL.search(value):
        raise SettingError("must not hold control characters or line breaks")
    return value.strip()


def parameter(value: object) -> str:
    """Return a query parameter's name, or the beginning of names followed by ``*``."""
    written = text(value)
    if not re.fullmatch(PARAMETER, written):
        raise SettingError(f"{written!r} is not a parameter's name, nor the beginning of one with * after it")
    dropped = [name for name in _TELLING if Tracking.of([written]).has(name)]
    if dropped:
        of = "" if written.lower() == dropped[0] else f"stands for {dropped[0]!r} too, which "
        raise SettingError(f"{written!r} {of}tells articles apart on many sites and is never dropped")
    return written


def phrase(value: object) -> str:
    """Return a word or a phrase, or the beginning of one followed by ``*``."""
    written = text(value)
    if _UNSPACED.search(written):
        raise SettingError(f"{written!r} cannot be searched: its script puts no spaces between words")
    if "*" in written[:-1]:
        raise SettingError(f"{written!r} has a * before its end: only the last word may have any ending")
    if not spelled(written):
        raise SettingError(f"{written!r} has no word in it")
    if written.endswith((" *", "-*")):
        raise SettingError(f"{written!r} has a * that follows no word: write it right after one")
    return written


def every_or_names(value: object) -> tuple[str, ...]:
    """Return names of categories; ``("*",)`` stands for all of them."""
    if value == "*":
        return ("*",)
    if not isinstance(value, list | tuple) or not value:
        raise SettingError(f'must be "*" or a list of categories, not {shown(value)}')
    return tuple(name(each) for each in value)


def spell_names(names: tuple[str, ...]) -> str | list[str]:
    """Return names of categories as they would be written."""
    return "*" if names == ("*",) else list(names)


def did_you_mean(written: str, choices: Sequence[str]) -> str:
    """Return ``; did you mean 'x'?`` where one of ``choices`` is near to ``written``, else nothing."""
    folded = {choice.casefold(): choice for choice in choices}
    near = difflib.get_close_matches(written[:80].casefold(), folded, n=1)
    return f"; did you mean {folded[near[0]]!r}?" if near else ""


def _either(choices: Sequence[str]) -> str:
    quoted = [repr(choice) for choice in choices]
    return " or ".join([*([", ".join(quoted[:-1])] if quoted[:-1] else []), quoted[-1]])


def shown(value: object) -> str:
    """Return a value as YAML writes it, short enough for a message."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    written = repr(value)
    return written if len(written) <= 60 else f"{written[:57]}…"  # noqa: PLR2004 # a line's worth
