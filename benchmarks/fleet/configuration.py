"""The fleet as our own service is told of it: twenty categories with as many sources each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

CATEGORIES = 20


def configuration(addresses: Mapping[str, str]) -> str:
    """Return the file's text; ``addresses`` are the feeds' by name. The database is named when it is run."""
    names = list(addresses)
    size = -(-len(names) // CATEGORIES)
    groups = [names[start : start + size] for start in range(0, len(names), size)]
    return yaml.safe_dump(
        {
            "service": {
                "title": "Kabar",
                "base_url": "https://kabar.example.id",
                "timezone": "Asia/Jakarta",
                "contact": "redaksi@example.id",
            },
            "fetch": {"allow_private_networks": ["127.0.0.0/8"]},
            "categories": {
                f"kategori-{number:02}": {
                    "title": f"Kategori {number}",
                    "sources": [{"id": name, "url": addresses[name]} for name in group],
                }
                for number, group in enumerate(groups, start=1)
            },
        },
        sort_keys=False,
    )
