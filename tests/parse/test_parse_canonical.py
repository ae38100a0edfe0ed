"""What an article's page names as its proper address, and whom that is believed of."""

from __future__ import annotations

import pytest

from aggregator.parse.article import read

AMP = "https://m.kabar.co.id/amp/kapal?amp=1"
PROPER = "https://www.kabar.co.id/kapal"


def canonical(*hrefs: str, url: str = AMP, rel: str = "canonical") -> str:
    links = "".join(f'<link rel="{rel}" href="{href}">' for href in hrefs)
    page = f"<!DOCTYPE html><html><head>{links}</head><body>Kapal</body></html>"
    return read(page.encode(), url=url, content_type="text/html; charset=utf-8").canonical


@pytest.mark.parametrize("rel", ["canonical", "CANONICAL", "shortlink canonical"])
def test_a_page_names_its_address(rel: str) -> None:
    assert canonical(PROPER, rel=rel) == PROPER


def test_a_relative_one_is_of_the_page() -> None:
    assert canonical("/kapal") == "https://m.kabar.co.id/kapal"


@pytest.mark.parametrize(
    ("url", "href"),
    [
        pytest.param(AMP, "https://lain.co.id/kapal", id="another owner under the same suffix"),
        pytest.param("https://budi.github.io/a", "https://sari.github.io/a", id="a suffix of many owners"),
        pytest.param("http://127.0.0.1/a", "http://126.0.0.1/a", id="another machine"),
        pytest.param("http://kantor/a", "http://gudang/a", id="another bare name"),
        pytest.param(AMP, "javascript:alert(1)", id="no address"),
        pytest.param(AMP, "http://[", id="nonsense"),
        pytest.param(AMP, "", id="empty"),
    ],
)
def test_what_is_not_of_its_own_site_is_not_believed(url: str, href: str) -> None:
    assert canonical(href, url=url) == ""


def test_a_page_that_names_two_names_none() -> None:
    assert canonical(PROPER, PROPER) == PROPER
    assert canonical(PROPER, "https://www.kabar.co.id/lain") == ""
    assert canonical() == ""


def test_machines_without_a_registered_name_are_themselves() -> None:
    assert canonical("/b", url="http://127.0.0.1:8090/a") == "http://127.0.0.1:8090/b"
    assert canonical("http://kantor/b", url="http://kantor/a") == "http://kantor/b"
