"""Put dates in other alphabets into the words that our readers know.

Feeds in Korean, Japanese, Chinese, Greek and Hungarian write months and halves of the day in their own
letters. Here only letters are replaced: "2024년 11월 20일 오후 2:30" becomes "2024-11-20 2:30 pm";
what that means is for dates.py to say. The forms are those that feedparser has date handlers for
(https://feedparser.readthedocs.io/en/latest/date-parsing.html).
"""

from __future__ import annotations

import re

_GREEK = (
    *("ιαν ιανουαρίου ιανουάριος", "φεβ φεβρουαρίου φεβρουάριος", "μαρ μάρ μαώ μαρτίου μάρτιος"),
    *("απρ απριλίου απρίλιος", "μαι μαϊ μαΐ μάι μάιος μαΐου μάϊ", "ιουν ιούν ιον ιουνίου ιούνιος"),
    *("ιουλ ιούλ ιολ ιουλίου ιούλιος", "αυγ αύγ αυγούστου αύγουστος", "σεπ σεπτ σεπτεμβρίου σεπτέμβριος"),
    *("οκτ οκτωβρίου οκτώβριος", "νοε νοέ νοεμ νοεμβρίου νοέμβριος", "δεκ δεκεμβρίου δεκέμβριος"),
)
_HUNGARIAN = (
    *("január", "február februári", "március", "április", "május máujus", "június", "július"),
    *("augusztus", "szeptember", "október", "november", "december"),
)
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = {
    name: english
    for names in (_GREEK, _HUNGARIAN)
    for english, variants in zip(_ENGLISH, names, strict=True)
    for name in variants.split()
}
_WORD = re.compile("[^\\W\\d_]+")
# Year, month and day, each followed by the sign for it: 2024년 5월 28일, 2024年5月28日.
_SIGNED = re.compile(r"(\d{4})\s?[년年]\s?(\d{1,2})\s?[월月]\s?(\d{1,2})\s?[일日]", re.ASCII)
# Before and after noon stand before the time.
_HALF = re.compile(r"(?P<half>오전|오후|上午|下午|午前|午後)\s?(?P<time>\d{1,2}:\d\d(?::\d\d)?)", re.ASCII)
_AFTER_NOON = {"오후", "下午", "午後"}


def latin(text: str) -> str:
    """Return ``text`` with foreign dates in it spelled so that our readers know them; the rest stays."""
    text = _SIGNED.sub(r"\1-\2-\3", text)
    text = _HALF.sub(lambda found: f"{found['time']} {'pm' if found['half'] in _AFTER_NOON else 'am'}", text)
    return _WORD.sub(lambda found: _MONTH.get(found[0].lower(), found[0]), text)
