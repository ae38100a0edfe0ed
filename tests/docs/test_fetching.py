"""The page about fetching is true: where we may connect, and what becomes of misbehaviours."""

from __future__ import annotations

import re
from ipaddress import ip_network

from aggregator.rules.guard import allowed
from tests.docs.test_docs import cells, section
from tests.fetch.hostile import matches
from tests.fetch.hostile_answers import ANSWERS
from tests.fetch.hostile_documents import DOCUMENTS
from tests.fetch.hostile_wire import WIRE

PAGE = "docs/fetching.md"


def test_networks_that_the_page_says_are_refused_are() -> None:
    rows = cells(section(PAGE, "Where we may connect"))
    refused = [name for named, _, verdict in rows if verdict == "no" for name in re.findall("`(.+?)`", named)]
    assert len(refused) >= 20
    for name in refused:
        network = ip_network(name)
        middle = network[network.num_addresses // 2]
        assert not any(allowed(str(address)) for address in (network[0], middle, network[-1])), name


def test_the_page_says_what_becomes_of_every_misbehaviour() -> None:
    rows = cells(section(PAGE, "Misbehaviours and what becomes of them"))
    said = {does.replace("`", ""): becomes.replace("`", "") for does, becomes in rows}
    assert said.keys() == {row.does for row in (*WIRE, *ANSWERS, *DOCUMENTS)}
    for row in (*WIRE, *ANSWERS, *DOCUMENTS):
        if row.then.items is None:
            wanted = row.then.service
        else:
            wanted = rf"^{row.then.items:,} items?\b" if row.then.items else "^read; it has no items"
        assert matches(wanted, said[row.does]), row.name
