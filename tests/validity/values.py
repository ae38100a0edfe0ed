"""Say whether a text is a proper date, address, language or media type; "" means that it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


#: Controls, what stands for a character that could not be read, and what Unicode says is no character.
BAD_CHARACTER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff"
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(1, 17))
    + "]"
)
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
RFC_822 = re.compile(
    rf"({'|'.join(DAYS)}), \d\d? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{{4}} "
    r"\d\d:\d\d:\d\d (?:[+-]\d\d[03]0|GMT|UT)"
)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
NUMBER = re.compile(r"\d+", re.ASCII)
EMAIL = re.compile(r"[\w.+'-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+", re.ASCII)
MEDIA_TYPE = re.compile(  # RFC 6838, section 4.2; parameters as in RFC 9110, section 5.6.6
    r"""[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[^"]*"))*""", re.ASCII
)
PORT_MAX = 65_535
URL_CHARACTERS = re.compile(r"(?:[\w.~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*", re.ASCII)
IRI_CHARACTERS = re.compile(r"(?:[\w.~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}|[^\x00-\xa0\ufff0-\uffff\s])*")
AUTHORITY = re.compile(
    r"(?:[\w.~!$&'()*+,;=:%-]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\W_][^\s/?#@:\[\]%]*)(?::(\d{1,5}))?"
)
TAG = re.compile(  # RFC 4151, section 2.1
    r"tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(?:-\d\d(?:-\d\d)?)?:[\w.~:/?@!$&'()*+,;=%-]*(?:#.*)?", re.ASCII
)
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
URN = re.compile(
    r"urn:[a-z0-9][a-z0-9-]{1,31}:(?:[\w()+,.:=@;$!*'/?#-]|%[0-9a-f]{2})+", re.IGNORECASE | re.ASCII
)
UNRESERVED_ESCAPED = re.compile(r"%(?:4[1-9A-Fa-f]|5[0-9Aa]|6[1-9A-Fa-f]|7[0-9Aa]|3\d|2[DdEe]|5[Ff]|7[Ee])")
# BCP 47 (RFC 5646, section 2.1), without the irregular tags of old.
LANGUAGE = re.compile(
    r"(?:([a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)",
    re.IGNORECASE | re.ASCII,
)
ISO_639_1 = words(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de "
    "dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id "
    "ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu "
    "lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu "
    "rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr "
    "ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=10)


def rfc_822(value: str) -> str:
    """Check a date of RSS (RFC 822 with a year of four digits, RSS 2.0; the day of the week is right)."""
    if not RFC_822.fullmatch(value):
        return f"{value!r} is no RFC 822 date"
    try:
        day = DAYS[parsedate_to_datetime(value).weekday()]
    except ValueError as error:
        return f"{value!r} is no date: {error}"
    return "" if value.startswith(day) else f"{value!r} was a {day}"


def rfc_3339(value: str) -> str:
    """Check a date of Atom (RFC 4287, section 3.3) or JSON Feed."""
    if not RFC_3339.fullmatch(value):
        return f"{value!r} is no RFC 3339 date-time"
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        return f"{value!r} is no date: {error}"
    return ""


def moment(value: str) -> datetime | None:
    """Return the instant of a proper date of either form, None for any other text."""
    if RFC_822.fullmatch(value) and not rfc_822(value):
        return parsedate_to_datetime(value).replace(tzinfo=parsedate_to_datetime(value).tzinfo or UTC)
    return datetime.fromisoformat(value) if not rfc_3339(value) else None


def ahead(value: str, now: datetime) -> str:
    """Check that a proper date is not ahead of the clock."""
    instant = moment(value)
    return f"{value} is ahead of the clock" if instant and instant > now + AHEAD else ""


def early(value: str) -> str:
    """Check that a proper date is not from before the web."""
    instant = moment(value)
    return f"{value} is from before the web" if instant and instant < EARLIEST else ""


def url(value: str) -> str:
    """Check a complete http or https URL (RFC 3986): ASCII, nothing unescaped that must not be."""
    return _address(value, URL_CHARACTERS)


def web_iri(value: str) -> str:
    """Check a complete http or https IRI (RFC 3987), as Atom has them."""
    return _address(value, IRI_CHARACTERS)


def _address(value: str, characters: re.Pattern[str]) -> str:
    rest = value.partition("://")[2]
    authority, _, _ = re.split(r"([/?#])", rest, maxsplit=1) if re.search(r"[/?#]", rest) else (rest, "", "")
    try:
        parts = urlsplit(value)
    except ValueError as error:
        return f"{value!r} is no URL: {error}"
    if parts.scheme not in {"http", "https"} or not value.startswith(("http://", "https://")):
        return f"{value!r} is no complete http or https URL"
    match = AUTHORITY.fullmatch(authority)
    if not match or int(match[1] or 0) > PORT_MAX:
        return f"{value!r} has no proper host"
    tail = rest[len(authority) :]
    if not characters.fullmatch(tail) or tail.count("#") > 1:
        return f"{value!r} has characters that an address must escape"
    if characters is URL_CHARACTERS and not authority.isascii():
        return f"{value!r} has a host that is not ASCII"
    return ""


def identifier(value: str) -> str:
    """Check an id: a tag (RFC 4151), a URN (RFC 8141), or a complete web address."""
    scheme = value.partition(":")[0].lower()
    if scheme == "tag":
        return "" if TAG.fullmatch(value) and URL_CHARACTERS.fullmatch(value) else f"{value!r} is no tag URI"
    if scheme == "urn":
        kind = UUID if value.lower().startswith("urn:uuid:") else URN
        return "" if kind.fullmatch(value) else f"{value!r} is no URN"
    return web_iri(value)


def canonical(value: str) -> str:
    """Check that an id is written in its canonical form (RFC 3986, section 6.2; RFC 4287, 4.2.6.1)."""
    if not value.startswith(("http://", "https://")):
        return "" if value.startswith(("tag:", "urn:")) else f"the scheme of {value!r} is not in lower case"
    parts = urlsplit(value)
    default = {"http": ":80", "https": ":443"}[parts.scheme]
    if (
        parts.netloc != parts.netloc.lower()
        or parts.netloc.endswith((default, ":"))
        or not parts.path
        or re.search(r"/\.\.?(?:/|$)", parts.path)
        or UNRESERVED_ESCAPED.search(value)
        or any(escaped != escaped.upper() for escaped in re.findall(r"%..", value))
    ):
        return f"{value!r} is not in canonical form"
    return ""


def language(value: str) -> str:
    """Check a language tag: BCP 47, of a language that ISO 639 knows, as far as two letters go."""
    match = LANGUAGE.fullmatch(value)
    if not match:
        return f"{value!r} is no language tag"
    primary = match[1].lower()
    return "" if len(primary) > 2 or primary in ISO_639_1 else f"there is no language {primary!r}"


def media_type(value: str) -> str:
    """Check a media type."""
    return "" if MEDIA_TYPE.fullmatch(value) else f"{value!r} is no media type"


def number(value: str) -> str:
    """Check a whole number of at least zero."""
    return "" if NUMBER.fullmatch(value) else f"{value!r} is no whole number of at least zero"


def positive(value: str) -> str:
    """Check a whole number of at least one."""
    good = NUMBER.fullmatch(value) and int(value) > 0
    return "" if good else f"{value!r} is no whole number of at least one"


def email(value: str) -> str:
    """Check an e-mail address (RFC 822 addr-spec)."""
    return "" if EMAIL.fullmatch(value) else f"{value!r} is no e-mail address"


def named_email(value: str) -> str:
    """Check an author as RSS wants it: ``name@host (Name)`` (best-practices profile, author)."""
    match = re.fullmatch(r"(\S+) \(([^()]*\S[^()]*)\)", value)
    return email(match[1]) if match else f"{value!r} is no e-mail address with a name behind it"


def point(value: str) -> str:
    """Check a latitude and a longitude with a space between (GeoRSS Simple)."""
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?) (-?\d+(?:\.\d+)?)", value, re.ASCII)
    good = match and abs(float(match[1])) <= 90 and abs(float(match[2])) <= 180
    return "" if good else f"{value!r} is no point"


def one_of(*words: str) -> Callable[[str], str]:
    """Return a check that a text is one of ``words``."""

    def check(value: str) -> str:
        return "" if value in words else f"{value!r} is none of {', '.join(words)}"

    return check
