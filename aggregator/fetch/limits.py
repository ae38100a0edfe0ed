"""What a request may cost, and how we introduce ourselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.fetch.trust import authorities

if TYPE_CHECKING:
    from aggregator.rules.guard import Network

PLACES = 64  #: transfers under way, or finished and not yet consumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may cost, how many there may be, and how we introduce ourselves."""

    timeout: timedelta = timedelta(seconds=30)  #: for a whole document, redirects included
    max_bytes: int = 10_000_000  #: of a document, as it comes and decoded
    per_host: int = 2  #: requests at once
    per_domain: int = 4  #: requests at once to all hosts of one owner
    per_domain_rate: float = 5.0  #: requests a second to all hosts of one owner, after the first few
    places: int = PLACES  #: requests at once to all hosts together
    allow_private_networks: tuple[Network, ...] = ()
    user_agent: str = "aggregator"
    authorities: str = field(default_factory=authorities)  #: file of the certificate authorities to believe
