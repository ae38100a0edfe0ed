"""A real browser, and the service for it on loopback. Nothing leaves the machine."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route
    from starlette.types import ASGIApp

Scheme: TypeAlias = Literal["dark", "light"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESK = 320, 1280  # CSS pixels
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="1200"/>'


@dataclass
class Seen:
    """A page in the browser, and what it did besides being shown."""

    page: Page
    asked: list[str] = field(default_factory=list)  #: addresses elsewhere
    referrers: set[str | None] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)  #: of the console, such as a policy that was broken


@contextmanager
def served(application: ASGIApp) -> Iterator[str]:
    """Serve an application on loopback, and yield where."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_config=None, lifespan="off"))
    ready = threading.Event()

    async def started(*_: Any, **__: Any) -> None:
        await uvicorn.Server.startup(server)
        ready.set()

    server.startup = started  # type: ignore[method-assign] # to be told, and not to look again and again
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(30)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def opened(
    browser: Browser, url: str, width: int = DESK, scheme: Scheme = "light", *, scripts: bool = True
) -> Iterator[Seen]:
    """Open a page, answer its pictures, and note what else it asks for."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=scripts,
        timezone_id="Asia/Jakarta",
    )
    context.set_default_timeout(10_000)
    seen = Seen(context.new_page())

    def answer(route: Route) -> None:
        seen.asked.append(route.request.url)
        seen.referrers.add(route.request.headers.get("referer"))
        route.fulfill(body=PICTURE, content_type="image/svg+xml")

    context.route(lambda asked: not asked.startswith("http://127.0.0.1:"), answer)
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.goto(url)
    yield seen
    context.close()


def violations(page: Page, *rules: str) -> list[tuple[str, list[str]]]:
    """Return what axe finds, by its own name for it, with the elements. Without ``rules`` by all of them."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    page.evaluate(f"{axe}; 0")
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
