"""Write the languages that sources and the operator name as tags (BCP 47), or leave them out."""

from __future__ import annotations

import re
from functools import lru_cache

# RFC 5646, 2.1, without the irregular tags of old.
_TAG = re.compile(
    r"([a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE,
)
_TWO_LETTERS = (  # ISO 639-1; those of three letters are too many to list
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de "
    "dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id "
    "ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu "
    "lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu "
    "rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr "
    "ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_KNOWN = frozenset(_TWO_LETTERS.split())
_RENAMED = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"}  # as old Java still calls them


@lru_cache(maxsize=1024)
def tag(written: str) -> str:
    """Return a language tag, "" where ``written`` is none: ``id_ID`` becomes ``id-ID``."""
    primary, dash, rest = written.strip().replace("_", "-").partition("-")
    primary = _RENAMED.get(primary.lower(), primary)
    if len(primary) == 2 and primary.lower() not in _KNOWN:  # noqa: PLR2004 - those of three are not listed
        return ""
    found = primary + dash + rest
    return found if _TAG.fullmatch(found) else ""
