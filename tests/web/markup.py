"""What the tests of pages look for in them."""

from __future__ import annotations

from html.parser import HTMLParser

PAGES = ["/", "/c/logistik/", "/items/satu", "/status"]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


class Elements(HTMLParser):
    """Collects every start tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    @property
    def meta(self) -> dict[str, str]:
        """What the head says of the page, by ``property`` or ``name``; of several the last."""
        told = ((element.get("property") or element.get("name"), element) for element in self.all("meta"))
        return {name: element["content"] for name, element in told if name}

    def link(self, relation: str) -> list[str]:
        """The addresses that the head gives for a relation."""
        return [element["href"] for element in self.all("link") if element["rel"] == relation]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]
