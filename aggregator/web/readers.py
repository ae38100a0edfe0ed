"""Feed readers that subscribe to a feed at one click, by an address of theirs that takes the feed's."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote


class Way(NamedTuple):
    """A way to subscribe."""

    name: str  #: of the reader
    href: str


#: Web readers whose address for this has been the same for years; the feed's is put behind it.
_READERS = (
    ("Feedly", "https://feedly.com/i/subscription/feed/"),
    ("Inoreader", "https://www.inoreader.com/?add_feed="),
    ("NewsBlur", "https://www.newsblur.com/?url="),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url="),
    ("Feedbin", "https://feedbin.com/?subscribe="),
)


def ways(url: str, here: str) -> list[Way]:
    """Return how to subscribe to the feed at ``url`` (absolute): with web readers, last with a program.

    ``here`` names whatever program the reader's own device has for ``feed:`` addresses.
    """
    return [
        *(Way(name, address + quote(url, safe="")) for name, address in _READERS),
        Way(here, f"feed:{url}"),
    ]
