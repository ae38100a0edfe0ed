"""What date texts say. The base is Wednesday, 20 November 2024, 15:00 in Jakarta."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from dateparser.date import DateDataParser
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model.item import Precision, Reading, ZoneOrigin
from aggregator.parse import dates
from aggregator.parse.dates import day_in_url, read
from aggregator.parse.dates_clock import Zone
from aggregator.rules.timestamps import PLAUSIBLE_FROM, PLAUSIBLE_UNTIL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

JAKARTA = ZoneInfo("Asia/Jakarta")
NEW_YORK = ZoneInfo("America/New_York")
LOCAL = Zone(JAKARTA, ZoneOrigin.SOURCE)
BASE = datetime(2024, 11, 20, 8, 0, tzinfo=UTC)

SECOND, MINUTE, HOUR, DAY = Precision.SECOND, Precision.MINUTE, Precision.HOUR, Precision.DAY
OFFSET, NAME, SOURCE, NONE = (
    ZoneOrigin.OFFSET,
    ZoneOrigin.ABBREVIATION,
    ZoneOrigin.SOURCE,
    ZoneOrigin.NONE,
)
REST = {
    SECOND: timedelta(0),
    MINUTE: timedelta(seconds=59),
    HOUR: timedelta(minutes=59, seconds=59),
    DAY: timedelta(hours=23, minutes=59, seconds=59),
}

ABSOLUTE: list[tuple[str, str, Precision, ZoneOrigin]] = [
    # RFC 822 and RFC 2822, as written and as found
    ("Wed, 20 Nov 2024 14:30:00 WIB", "2024-11-20T07:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 WITA", "2024-11-20T06:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 WIT", "2024-11-20T05:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 wib", "2024-11-20T07:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 +0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 +07:00", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 -0330", "2024-11-20T18:00:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 -0000", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 Z", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 GMT", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 UT", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 UTC", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 EST", "2024-11-20T19:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 EDT", "2024-11-20T18:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 CDT", "2024-11-20T19:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 MST", "2024-11-20T21:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 MDT", "2024-11-20T20:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 PST", "2024-11-20T22:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 PDT", "2024-11-20T21:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 GMT+7", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 GMT+0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 UTC+07:00", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 (GMT +7)", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 UTC-3", "2024-11-20T17:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 +0700 (WIB)", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("20 Nov 2024 14:30:00 +0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("20 Nov 2024 14:30 +0700", "2024-11-20T07:30:00Z", MINUTE, OFFSET),
    ("20 Nov 2024 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("20 Nov 24 14:30 GMT", "2024-11-20T14:30:00Z", MINUTE, NAME),
    ("20 Nov 99 14:30:00 GMT", "1999-11-20T14:30:00Z", SECOND, NAME),
    ("20-Nov-24", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("Sunday, 20-Nov-2024 14:30:00 GMT", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Sat, 20 Nov 2024 14:30:00 +0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),  # it was a Wednesday
    ("Wed,20 Nov 2024 14:30:00 +0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("  Wed,\n\t20 Nov  2024\u00a014:30:00 +0700 ", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 5 Nov 2024 4:05:06 +0000", "2024-11-05T04:05:06Z", SECOND, OFFSET),
    ("Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z", SECOND, NAME),  # a leap second
    ("20 Nov 2024 14:30:00 XYZ", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("20 Nov 2024 14:30:00 IST", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("20 Nov 2024 14:30:00 CST", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("20 Nov 2024 14:30:00 BST", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("20 Nov 2024 14:30:00 A", "2024-11-20T07:30:00Z", SECOND, SOURCE),  # military letters mean nothing
    ("Wednesday, 20 November 2024 14:30:00 -0700", "2024-11-20T21:30:00Z", SECOND, OFFSET),
    ("Wednesday, 20-Nov-24 14:30:00 GMT", "2024-11-20T14:30:00Z", SECOND, NAME),  # RFC 850
    ("Wed, 20 Nov 24 14:30:00 -0700", "2024-11-20T21:30:00Z", SECOND, OFFSET),
    ("Wed, 20 November 2024 14:30:00 GMT", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Wed , 20 Nov 2024 14:30:00 GMT", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Wed 20 Nov 2024 14:30:00 GMT", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00+0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00GMT", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024, 14:30:00 +0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024T14:30:00+07:00", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14.30.00 WIB", "2024-11-20T07:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00.25 +0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00:00 +0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 24:00:00 GMT", "2024-11-21T00:00:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 02:30:00 PM EST", "2024-11-20T19:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 +0", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 +7", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 0000", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 -00:00", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 GMT-0500 (EST)", "2024-11-20T19:30:00Z", SECOND, OFFSET),
    ("Wed, 20 Nov 2024 14:30:00 CET", "2024-11-20T13:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 CEST", "2024-11-20T12:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 MSK", "2024-11-20T11:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 SGT", "2024-11-20T06:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 JST", "2024-11-20T05:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 AEDT", "2024-11-20T03:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 Etc/GMT", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 America/New_York", "2024-11-20T19:30:00Z", SECOND, NAME),
    ("Wed, 20 Nov 2024 14:30:00 Redaksi/Budi", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("Wed, 20 Nov 2024 14:30:00 WIB/GMT+7", "2024-11-20T07:30:00Z", SECOND, NAME),
    ("20 Nov 2024 14:30:00 America/Argentina", "2024-11-20T07:30:00Z", SECOND, SOURCE),  # a folder of zones
    # RFC 3339 and ISO 8601
    ("2024-11-20T14:30:00 -0700", "2024-11-20T21:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00-07:00:00", "2024-11-20T21:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00+00:00Z", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00:00", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("2024-11-20T14:30:00 GMT+0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("2024-11-20 14:30:00 Asia/Makassar", "2024-11-20T06:30:00Z", SECOND, NAME),
    ("2024-11-20 14:30:00 +0000 UTC", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("2024-11-20T143000Z", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("2024-11-20T02:30:00PM", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("2024-11-20 2:30 PM", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("2024-11-20 at 14:30:00", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("20241120T143000.000Z", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("2024-W47-3", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("2024W473", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("2024-325", "2024-11-19T17:00:00Z", DAY, SOURCE),
    # ASP, Perforce, Korean, Chinese, Japanese, Greek, Hungarian
    ("Wed, 2024/11/20 14:30:00 EDT", "2024-11-20T18:30:00Z", SECOND, NAME),
    ("Wed, 2024-11-20 14:30:00", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("2024-11-20 14:30:00.0", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("2024\ub144 11\uc6d4 20\uc77c  14:30:15", "2024-11-20T07:30:15Z", SECOND, SOURCE),
    ("2024\ub144 11\uc6d4 20\uc77c", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("2024-11-20 \uc624\ud6c4 2:30:15", "2024-11-20T07:30:15Z", SECOND, SOURCE),
    ("2024-11-20 \uc624\uc804 11:23:17", "2024-11-20T04:23:17Z", SECOND, SOURCE),
    ("2024\u5e7411\u670820\u65e5 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("\u03a4\u03b5\u03c4, 20 \u039d\u03bf\u03b5 2024 14:30:00 GMT", "2024-11-20T14:30:00Z", SECOND, NAME),
    (
        "\u039a\u03c5\u03c1, 11 \u0399\u03bf\u03cd\u03bb 2004 12:00:00 EST",
        "2004-07-11T17:00:00Z",
        SECOND,
        NAME,
    ),
    ("2004-j\u00falius-13T9:15-05:00", "2004-07-13T14:15:00Z", MINUTE, OFFSET),
    ("2004-augusztus-13T9:15", "2004-08-13T02:15:00Z", MINUTE, SOURCE),
    ("2024. november 20. 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("2024-11-20T14:30:00+07:00", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00+0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00+07", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00-05:00", "2024-11-20T19:30:00Z", SECOND, OFFSET),
    ("2024-11-20t14:30:00z", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00Z", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00.999Z", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00,123456789+07:00", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00+07:00[Asia/Jakarta]", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("2024-11-20T14:30:00", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("2024-11-20T14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("2024-11-20T14:30Z", "2024-11-20T14:30:00Z", MINUTE, OFFSET),
    ("2024-11-20 14:30:00", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("2024-11-20 14:30:00 +0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("2024-11-20 14:30:00 UTC", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("2024-11-20 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("2024-11-20T24:00:00Z", "2024-11-21T00:00:00Z", SECOND, OFFSET),
    ("2024-09-28WIB19:17:34+07:00", "2024-09-28T12:17:34Z", SECOND, OFFSET),
    ("2024-09-28WITA19:17:34", "2024-09-28T11:17:34Z", SECOND, NAME),
    ("2024-11-20", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("2024-11-20Z", "2024-11-20T00:00:00Z", DAY, OFFSET),
    ("2024-11-20+09:00", "2024-11-19T15:00:00Z", DAY, OFFSET),
    ("2024/11/20", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("2024/11/20 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("2024-1-5", "2024-01-04T17:00:00Z", DAY, SOURCE),
    ("20241120", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20241120T143000Z", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("20241120T1430+0700", "2024-11-20T07:30:00Z", MINUTE, OFFSET),
    ("20241120143000", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("20241120 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", SECOND, OFFSET),  # read here, refused by the rules
    # The epoch
    ("1732087800", "2024-11-20T07:30:00Z", SECOND, NONE),
    (" 1732087800 ", "2024-11-20T07:30:00Z", SECOND, NONE),
    ("1732087800.25", "2024-11-20T07:30:00Z", SECOND, NONE),
    ("1732087800123", "2024-11-20T07:30:00Z", SECOND, NONE),
    ("631152000", "1990-01-01T00:00:00Z", SECOND, NONE),
    ("@1732087800", "2024-11-20T07:30:00Z", SECOND, NONE),
    ("/Date(1732087800000)/", "2024-11-20T07:30:00Z", SECOND, NONE),
    ("/Date(1732087800000+0700)/", "2024-11-20T07:30:00Z", SECOND, NONE),
    # What readers of Indonesian portals see
    ("Rabu, 20 November 2024 14:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("Rabu, 20 November 2024 | 14:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("Rabu 20 November 2024 , 14:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("Rabu, 20 November 2024 - 14.30 WITA", "2024-11-20T06:30:00Z", MINUTE, NAME),
    ("Rabu, 20 November 2024 / 14.30 WIT", "2024-11-20T05:30:00Z", MINUTE, NAME),
    ("Rabu, 20 November 2024 pukul 14.30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("Rabu, 20 November 2024, Pukul: 14:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("Rabu, 20 November 2024 (14:30 WIB)", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("Rabu, 20 November 2024 pukul 14 WIB", "2024-11-20T07:00:00Z", HOUR, NAME),
    ("20 November 2024 jam 14.30.15 WIB", "2024-11-20T07:30:15Z", SECOND, NAME),
    ("20 November 2024 \u2013 14:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("\u200e20 November 2024 \u2022 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("Jum\u2019at, 20 November 2024 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("14:30 WIB, Rabu 20 November 2024", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("14.30 | Minggu, 20 November 2024", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("Pukul 14.30 WIT - 20/11/2024", "2024-11-20T05:30:00Z", MINUTE, NAME),
    ("2:30 pm on 20 November 2024", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("20 November 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20 November 2024 WIT", "2024-11-19T15:00:00Z", DAY, NAME),
    ("20 November 2024 3 komentar", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20 November 2024 -12 suka", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20 November 2024 dibaca 1.234 kali", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("3 tips, 20 November 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("Pukul 07.00 sampai selesai 20 November 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20 November 2024 09:00-11:00 WITA", "2024-11-20T01:00:00Z", MINUTE, NAME),
    ("20 November 2024 09.00 - 11.00", "2024-11-20T02:00:00Z", MINUTE, SOURCE),
    ("20 November 2024 14:30-15:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("09:00-11:00 WITA, 20 November 2024", "2024-11-20T01:00:00Z", MINUTE, NAME),
    ("20 November 2024 pukul 12 malam", "2024-11-19T17:00:00Z", HOUR, SOURCE),
    ("20 November 2024, 12.30 malam", "2024-11-19T17:30:00Z", MINUTE, SOURCE),
    ("20 November 2024, 1.30 malam", "2024-11-19T18:30:00Z", MINUTE, SOURCE),
    ("Terbit: 20 Nov 2024 2:30PMWIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("2024-11-20 14:30:00 -07", "2024-11-20T21:30:00Z", SECOND, OFFSET),
    ("Diperbarui 21/11/2024 16:00 | Terbit 20/11/2024 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("Updated 21 Nov 2024 09:00, published 20 Nov 2024 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("2024-11-20T14:30:00\u202eZ", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("12 - 20/11/2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20/11/2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("05/04/2024", "2024-04-04T17:00:00Z", DAY, SOURCE),  # the fifth of April: day before month
    ("20/11/24 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("20-11-2024 14.30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("20.11.2024 14.30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("20.11.2024 13.12.2024", "2024-11-19T17:00:00Z", DAY, SOURCE),  # two days, no time
    ("20/11/2024, 14:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("20/Nov/2024:14:30:00 +0700", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Rabu (20/11/2024) 14:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("Rabu, 20 Nov 2024 - 14:30:15 WIB", "2024-11-20T07:30:15Z", SECOND, NAME),
    ("Rabu, 20 Nopember 2024 | 14.30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("Rabu Pahing, 20 November 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("Rabu, 20 November 2024 | 18 Jumadil Awal 1446 H | 14:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("Rabu, 20 November 2024 / 18 Jumadil Awal 1446 H", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20 November 2024 pukul 2 siang", "2024-11-20T07:00:00Z", HOUR, SOURCE),
    ("20 November 2024 pukul 2.30 siang WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("20 November 2024, 4:30 sore", "2024-11-20T09:30:00Z", MINUTE, SOURCE),
    ("20 November 2024, 9 malam", "2024-11-20T14:00:00Z", HOUR, SOURCE),
    ("20 November 2024, 12.15 siang", "2024-11-20T05:15:00Z", MINUTE, SOURCE),
    ("20 November 2024, 7 pagi", "2024-11-20T00:00:00Z", HOUR, SOURCE),
    ("20 November 2024, 19:30 malam", "2024-11-20T12:30:00Z", MINUTE, SOURCE),
    ("Tayang: 20/11/2024, 14:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("Dipublikasikan: 20 November 2024 14:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("Kamis, 20-11-2024, 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("Oleh: Redaksi, 20 Nov 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    # Labels, apart and glued on
    ("Kompas.com - 12/01/2024, 10:30 WIB", "2024-01-12T03:30:00Z", MINUTE, NAME),
    ("Diperbarui 12 Jan 2024, 10:30 WIB", "2024-01-12T03:30:00Z", MINUTE, NAME),
    ("Published 20 November 2024 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("Published: 2024-11-20T14:30:00+07:00", "2024-11-20T07:30:00Z", SECOND, OFFSET),
    ("Logistik20 November 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("Logistik20 November 202414:30 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("LogistikNovember 20, 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20 Nov 2024 14:30 WIB - Kabar", "2024-11-20T07:30:00Z", MINUTE, NAME),
    ("20 Nov 2024 14:30 oleh Redaksi", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("20 Nov 2024 14:30 WIB | Diperbarui 21 Nov 2024 09:00 WIB", "2024-11-20T07:30:00Z", MINUTE, NAME),
    # English, and what programs print
    ("November 20, 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("Nov. 20, 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("November 20th, 2024 at 2:30 PM", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("Nov 20, 2024 2:30 p.m. EST", "2024-11-20T19:30:00Z", MINUTE, NAME),
    ("20th November 2024, 2pm", "2024-11-20T07:00:00Z", HOUR, SOURCE),
    ("20 Nov 2024 12:05 AM", "2024-11-19T17:05:00Z", MINUTE, SOURCE),
    ("20 Nov 2024 12:05 PM", "2024-11-20T05:05:00Z", MINUTE, SOURCE),
    ("20 Nov 2024 14:30 PM", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("Wed Nov 20 14:30:00 2024 GMT", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Nov 20 14:30:00 2024", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("Wed, Nov 20,2024 14:30:00 GMT", "2024-11-20T14:30:00Z", SECOND, NAME),
    ("Wed Nov 20, 2024 2:30 PM", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("November 20, 2024 - 02:30pm", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("Wednesday, November 20, 2024 - 2:30 pm", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("Published on November 20, 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("By Redaksi November 20, 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20 Nov, 2024 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("20 Nov '24", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20NOV2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("2024-November-20", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("2024 Nov 20 14:30:15 WITA", "2024-11-20T06:30:15Z", SECOND, NAME),
    ("2024, November 20", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("Wed Nov 20 14:30:00 2024", "2024-11-20T07:30:00Z", SECOND, SOURCE),
    ("Wed Nov 20 14:30:00 WIB 2024", "2024-11-20T07:30:00Z", SECOND, NAME),
    ("Wed Nov 20 14:30:00 +0000 2024", "2024-11-20T14:30:00Z", SECOND, OFFSET),
    ("Wed Nov 20 2024 14:30:00 GMT+0700 (Western Indonesia Time)", "2024-11-20T07:30:00Z", SECOND, OFFSET),
]

MONTHS = {
    **dict.fromkeys(("Jan", "Januari", "January"), 1),
    **dict.fromkeys(("Feb", "Peb", "Februari", "Pebruari", "February"), 2),
    **dict.fromkeys(("Mar", "Maret", "March"), 3),
    **dict.fromkeys(("Apr", "April"), 4),
    **dict.fromkeys(("Mei", "May"), 5),
    **dict.fromkeys(("Jun", "Juni", "June"), 6),
    **dict.fromkeys(("Jul", "Juli", "July"), 7),
    **dict.fromkeys(("Agu", "Agt", "Ags", "Aug", "Agustus", "August"), 8),
    **dict.fromkeys(("Sep", "Sept", "September"), 9),
    **dict.fromkeys(("Okt", "Oct", "Oktober", "October"), 10),
    **dict.fromkeys(("Nov", "Nop", "November", "Nopember"), 11),
    **dict.fromkeys(("Des", "Dec", "Desember", "December"), 12),
}
WEEKDAYS = (
    *("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Jum'at", "Sabtu", "Minggu", "Ahad"),
    *("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"),
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    *("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
)
ZONES = {"WIB": 7, "WITA": 8, "WIT": 9}

NO_DATE = [
    *("", " ", "\u200b", "\x00", "\ud800", "WIB", "tanggal", "2024", "0", "-1", "NaN", "null", "Rabu"),
    *("32 Januari 2024", "0 Januari 2024", "30 Februari 2024", "29 Feb 2023", "20 Foo 2024", "November 2024"),
    *("2024-13-01", "2024-02-30", "2024-11", "31/13/2024", "12/31/2024", "99999999", "20241340", "24-11-20"),
    *("10000-01-01T00:00:00Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59-05:00"),
    *("9999-12-31T23:59:59-99:99", "9999-12-31T23:59:59+14:30"),
    *("2024-11-20T25:00:00Z", "2024-11-20T14:60:00Z", "2024-11-20T24:00:01Z", "2024-11-20T14:30:00+15:00"),
    *("2024-11-20T14:30:00+07:75", "20 Nov 2024 14:30 AM", "20 Nov 14:30", "20 Nov 14.30", "Nov 20, 14:30"),
    *("9" * 10_000, "1 jam " * 60, "20 Nov 2024" + "x" * 200, "1234567890123456", "12345678901", "500000000"),
    *("10:15", "Senin 10:15", "Damar 20, 2024", "12 Jan 10 komentar"),
    *("November 2024 (11)", "20 of Foo 2024, November", "20 Jumadil Awal 1446 H", "2024-W54-1", "2024-366x"),
    *("2023-366", "2024-000", "20.11.24 14:30", "20-11-24", "11/20/2024 2:30:00 PM", "20 Nov 2024 26:00"),
    *("\u202e20 Nov 2024 99:99", "\x00" * 300, "\u0662\u0660 Nov \u0662\u0660\u0662\u0664"),
    *(
        "2024\ub144 13\uc6d4 20\uc77c",
        "/Date(12)/",
        "-1-11-20T14:30:00Z",
        "0000-00-00 00:00:00",
        "99999-01-01",
    ),
]

LAST_RESORT: list[tuple[str, str, Precision, ZoneOrigin]] = [
    ("20th of November 2024", "2024-11-19T17:00:00Z", DAY, SOURCE),
    ("20th of November 2024, 14:30", "2024-11-20T07:30:00Z", MINUTE, SOURCE),
    ("20 Wednesday, Nov 2024 14:30:15 WITA", "2024-11-20T06:30:15Z", SECOND, NAME),
]


def say(text: str, *, zone: tzinfo = JAKARTA, zones: Mapping[str, str] | None = None) -> Reading | None:
    """Return what ``text`` says, without the offset that it was read at: that has a test of its own."""
    reading = read(text, zone=zone, base=BASE, zones=zones or {})
    return reading and replace(reading, offset=None)


def expected(instant: str, precision: Precision, zone: ZoneOrigin) -> Reading:
    earliest = datetime.fromisoformat(instant)
    return Reading(earliest=earliest, latest=earliest + REST[precision], precision=precision, zone=zone)


@pytest.fixture
def exact_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no text reach dateparser."""

    def refuse(text: str) -> None:
        raise AssertionError(f"{text!r} reached dateparser")

    monkeypatch.setattr(dates, "_last_resort", refuse)


@pytest.fixture(params=["UTC", "Asia/Jakarta", "America/New_York"])
def machine_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The zone of the machine itself, which must not matter."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@pytest.mark.parametrize(("text", "instant", "precision", "zone"), ABSOLUTE)
@pytest.mark.usefixtures("exact_only")
def test_absolute(text: str, instant: str, precision: Precision, zone: ZoneOrigin) -> None:
    assert say(text) == expected(instant, precision, zone)


@pytest.mark.parametrize("text", [text for text, *_ in ABSOLUTE if dates._plain(text, LOCAL, {})])
@pytest.mark.usefixtures("exact_only")
def test_a_label_in_front_changes_nothing(text: str) -> None:
    """The reader of whole texts and the one that searches agree."""
    assert say(f"Kabar | {text}") == say(text)


@pytest.mark.parametrize("text", ["20 Nov 2024 14:30 -10", "20 Nov 2024 14:30 -10 suka"])
def test_two_digits_behind_a_time_may_be_anything(text: str) -> None:
    assert say(text) == expected("2024-11-20T07:30:00Z", MINUTE, SOURCE)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2024-11-20T14:30:00-05:00", -5),
        ("Wed, 20 Nov 2024 14:30:00 WITA", 8),
        ("20 November 2024 | 14.30 WIT", 9),
        ("20 November 2024", 7),
        ("kemarin 10:15", 7),
        ("1732087800", 0),
    ],
)
def test_a_reading_knows_the_offset_it_was_read_at(text: str, hours: int) -> None:
    reading = read(text, zone=JAKARTA, base=BASE)
    assert reading is not None
    assert reading.offset == timedelta(hours=hours)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.usefixtures("exact_only")
def test_every_month_in_every_zone_of_indonesia(month: str, zone: str) -> None:
    instant = datetime(2024, MONTHS[month], 9, 14, 30, tzinfo=timezone(timedelta(hours=ZONES[zone])))
    for name in (month, month.lower(), month.upper()):
        assert say(f"9 {name} 2024 14.30 {zone}") == expected(instant.isoformat(), MINUTE, NAME)
        assert say(f"{name} 9, 2024, 14:30:00 {zone}") == expected(instant.isoformat(), SECOND, NAME)


@pytest.mark.parametrize("weekday", WEEKDAYS)
def test_a_weekday_is_never_trusted(weekday: str) -> None:
    """All but one of these contradict the date."""
    answer = expected("2024-11-20T07:30:00Z", MINUTE, SOURCE)
    assert say(f"{weekday}, 20 Nov 2024 14:30") == answer
    assert say(f"{weekday.upper()} 20/11/2024 - 14.30") == answer
    assert say(f"14:30, {weekday} 20 November 2024") == answer


@pytest.mark.parametrize("text", NO_DATE, ids=lambda text: ascii(text[:30]))
def test_no_date(text: str) -> None:
    assert say(text) is None


@pytest.mark.parametrize(("text", "instant", "precision", "zone"), LAST_RESORT)
@pytest.mark.usefixtures("machine_zone")
def test_last_resort(text: str, instant: str, precision: Precision, zone: ZoneOrigin) -> None:
    dates._last_resort.cache_clear()
    assert say(text) == expected(instant, precision, zone)


def test_the_last_resort_resolves_no_ambiguous_zone() -> None:
    text = "20th of November 2024 14:30 IST"
    assert say(text) is None
    assert say(text, zones={"IST": "+05:30"}) == expected("2024-11-20T09:00:00Z", MINUTE, NAME)


def test_an_error_of_dateparser_is_no_date(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_parser: DateDataParser, _text: str) -> None:
        raise AttributeError("a fault inside the library")

    monkeypatch.setattr(DateDataParser, "get_date_data", fail)
    assert say("21st of November 2024") is None


@pytest.mark.parametrize(
    "text", ["20 Nov 2024 14:30", "2024-11-20T14:30", "hari ini 14:30", "20/11/2024 14.30"]
)
@pytest.mark.usefixtures("machine_zone")
def test_the_zone_of_the_machine_does_not_matter(text: str) -> None:
    reading = say(text)
    assert reading is not None
    assert reading.earliest == datetime(2024, 11, 20, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zones", "instant", "origin"),
    [
        pytest.param({"IST": "+05:30"}, "2024-11-20T09:00:00Z", NAME, id="configured"),
        pytest.param({"ist": "+0200"}, "2024-11-20T12:30:00Z", NAME, id="any case, no colon"),
        pytest.param({"CST": "+08:00"}, "2024-11-20T07:30:00Z", SOURCE, id="another one is"),
        pytest.param({"IST": "India"}, "2024-11-20T07:30:00Z", SOURCE, id="configured as nonsense"),
    ],
)
def test_ambiguous_zones(zones: dict[str, str], instant: str, origin: ZoneOrigin) -> None:
    assert say("20 Nov 2024 14:30 IST", zones=zones) == expected(instant, MINUTE, origin)


def test_configuration_goes_before_our_own_table() -> None:
    answer = expected("2024-11-20T04:30:00Z", MINUTE, NAME)
    assert say("20 Nov 2024 14:30 EST", zones={"EST": "+10:00"}) == answer


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        pytest.param("2024-03-10 02:30:00", "2024-03-10T07:30:00Z", "2024-03-10T07:30:00Z", id="skipped"),
        pytest.param(
            "2024-11-03 01:30:00", "2024-11-03T05:30:00Z", "2024-11-03T05:30:00Z", id="twice: first"
        ),
        pytest.param("2024-03-10", "2024-03-10T05:00:00Z", "2024-03-11T03:59:59Z", id="a day of 23 hours"),
        pytest.param("2024-11-03", "2024-11-03T04:00:00Z", "2024-11-04T04:59:59Z", id="a day of 25 hours"),
    ],
)
def test_clock_changes(text: str, earliest: str, latest: str) -> None:
    reading = say(text, zone=NEW_YORK)
    assert reading is not None
    assert (reading.earliest, reading.latest) == (
        datetime.fromisoformat(earliest),
        datetime.fromisoformat(latest),
    )


def test_a_day_that_a_zone_skipped_is_no_negative_interval() -> None:
    reading = say("2011-12-30", zone=ZoneInfo("Pacific/Apia"))
    assert reading is not None
    assert reading.earliest == reading.latest


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://kabar.example.id/2024/11/20/kapal-baru/", "2024-11-20"),
        ("https://kabar.example.id/2024/11/20", "2024-11-20"),
        ("https://kabar.example.id/read/2024/1/5/1430/kapal", "2024-01-05"),
        ("https://kabar.example.id/news/2024-11-20-kapal-baru", "2024-11-20"),
        ("https://kabar.example.id/20241120/kapal", "2024-11-20"),
        ("https://kabar.example.id/nasional/20241120143000-20-117/kapal", "2024-11-20"),
        ("https://kabar.example.id/2024/11/20/?page=2#komentar", "2024-11-20"),
        ("/2024/11/20/kapal", "2024-11-20"),
        ("https://kabar.example.id/2024/11/kapal", ""),
        ("https://kabar.example.id/2024/13/20/kapal", ""),
        ("https://kabar.example.id/2023/02/29/kapal", ""),
        ("https://kabar.example.id/1989/12/31/kapal", ""),
        ("https://kabar.example.id/jadwal-20-november-2024", ""),
        ("https://kabar.example.id/2024112012/kapal", ""),
        ("https://kabar.example.id/2024/11/201/kapal", ""),
        ("https://kabar.example.id/kapal?next=/2024/11/20/", ""),
        ("https://kabar.example.id/kapal#/2024/11/20/", ""),
        ("", ""),
        ("\ud800://[", ""),
    ],
)
def test_day_in_url(url: str, day: str) -> None:
    assert day_in_url(url) == day


WORDS = st.sampled_from(
    [
        *(*MONTHS, *WEEKDAYS, *ZONES, *"-/,|:.()+TZ", "\x00", "\ud800", "\u0663"),
        *("20", "11", "2024", "14:30", "14.30", "+0700", "-99:99", "99", "0001", "9999", "1732087800", "1"),
        *("a", "an", "se", "of", "th", "am", "pm", "pukul", "jam", "hours", "ago", "menit", "yang", "lalu"),
        *("kemarin", "yesterday", "hari", "ini", "baru", "saja", "IST", "tanggal", "Redaksi"),
    ]
)
ANYTHING = st.text(st.characters(exclude_categories=())) | st.builds(
    str.join, st.sampled_from(["", " "]), st.lists(WORDS, max_size=12)
)
INSTANTS = st.integers(int(PLAUSIBLE_FROM.timestamp()), int(PLAUSIBLE_UNTIL.timestamp()) - 1).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


@given(text=ANYTHING)
@settings(deadline=None, max_examples=300)
def test_no_text_raises(text: str) -> None:
    day_in_url(text)
    reading = say(text)
    if reading is not None:
        assert reading.earliest <= reading.latest
        assert reading.earliest.tzinfo is reading.latest.tzinfo is UTC


@given(instant=INSTANTS, tz=OFFSETS)
def test_an_instant_written_down_reads_back(instant: datetime, tz: timezone) -> None:
    local = instant.astimezone(tz)
    for text in (format_datetime(local), local.isoformat(), f"{local:%d/%m/%Y %H.%M.%S %z}"):
        reading = say(text)
        assert reading is not None
        assert reading == expected(instant.isoformat(), SECOND, OFFSET)


@given(instant=INSTANTS)
def test_the_epoch_reads_back(instant: datetime) -> None:
    seconds = int(instant.timestamp())
    assert say(str(seconds)) == say(f"{seconds}999") == expected(instant.isoformat(), SECOND, NONE)


@given(
    instant=INSTANTS.filter(lambda instant: instant.year < 2099),
    month=st.sampled_from(list(MONTHS)),
    blank=st.sampled_from(["", " ", " | ", ", "]),
)
def test_a_minute_in_words_reads_back(instant: datetime, month: str, blank: str) -> None:
    local = instant.astimezone(JAKARTA).replace(day=9, month=MONTHS[month], second=0)
    text = f"Logistik9 {month} {local.year}{blank}{local:%H:%M} WIB"
    assert say(text) == expected(local.isoformat(), MINUTE, NAME)
