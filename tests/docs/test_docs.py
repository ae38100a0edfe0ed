"""The documentation is true: what it names exists, what it shows works."""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import typer

from aggregator.cli import app
from aggregator.model.item import Candidate, Claim, Origin
from aggregator.model.source import SourceState
from aggregator.observe import Metrics
from aggregator.parse import dates
from aggregator.rules.terms import variants
from aggregator.rules.timestamps import settle
from aggregator.rules.urls import Tracking, canonical
from aggregator.settings import load
from aggregator.settings.domain import well_known_tracking
from aggregator.store import open_store, tables
from tests.making import JAKARTA, SITE, a_category, a_feed, a_partner, a_source, an_item
from tests.web.newsroom import NOW, FakeStore, Newsroom, make_entry, make_publication, make_story

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "changelog.d").glob("*.md")),
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMMANDS: Any = typer.main.get_command(app)

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """A fenced block: its page, the number among that page's blocks, its language and its text."""

    page: str
    number: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}#{self.number}"


def spoken(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def blocks(*languages: str) -> list[Block]:
    """Return the fenced blocks in these languages, without their indentation."""
    found = []
    for page in PAGES:
        matches = FENCE.finditer(page.read_text(encoding="utf-8"))
        for number, (indent, language, text) in enumerate((match.groups() for match in matches), start=1):
            if language in languages:
                lines = re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)
                found.append(Block(str(page.relative_to(ROOT)), number, language, lines))
    return found


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", spoken(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(page: str, heading: str) -> str:
    """Return the text under a heading of the second level."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def cells(text: str) -> list[list[str]]:
    """Return the rows of the tables in ``text`` without their heads."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    split = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    rules = [number for number, row in enumerate(split) if set("".join(row)) <= set("-:")]
    return [row for number, row in enumerate(split) if number not in rules and number + 1 not in rules]


def code(cell: str) -> str:
    """Return the first code span of a table's cell."""
    match = SPAN.search(cell)
    assert match is not None, cell
    return match[1].replace(r"\|", "|")


def lines_of_shell() -> Iterator[tuple[str, str]]:
    """Yield each command line of the pages with its page: lines of shell, and code spans."""
    for block in blocks("sh"):
        for line in block.text.replace("\\\n", " ").splitlines():
            yield from ((block.page, part) for part in line.split(" && "))
    for page in PAGES:
        yield from ((str(page.relative_to(ROOT)), span) for span in SPAN.findall(spoken(page)))


def lines_of(program: str) -> list[tuple[str, list[str]]]:
    """Return the arguments of each call of ``program``, with the page that it is on."""
    found = []
    for page, line in lines_of_shell():
        match = re.match(rf"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?{program}( .*|$)", line.strip())
        if match:
            found.append((page, shlex.split(match[1], comments=True)))
    return found


# Links and files


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(spoken(page)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), f"{page.name}: {link}: there is no such file"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}: there is no such heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            links = (link.partition("#")[0] for link in LINK.findall(spoken(page)))
            waiting += [
                target
                for link in links
                if link.endswith(".md") and (target := (page.parent / link).resolve())
            ]
    assert {page.resolve() for page in (ROOT / "docs").rglob("*.md")} <= reached


def test_fragments_of_the_changelog_are_named_as_their_readme_says() -> None:
    fragments = {path.name for path in (ROOT / "changelog.d").iterdir()} - {"README.md"}
    name = re.compile(r"[0-9]+\.(added|changed|fixed|removed|security)(\.[0-9]+)?\.md")
    assert [fragment for fragment in fragments if not name.fullmatch(fragment)] == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(page.name[:4]) for page in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


# Commands


@pytest.mark.parametrize(
    ("page", "arguments"), lines_of("aggregator"), ids=lambda value: value if isinstance(value, str) else None
)
def test_every_command_and_option_exists(page: str, arguments: list[str]) -> None:
    command, waiting = COMMANDS, list(arguments)
    while waiting and hasattr(command, "commands") and not waiting[0].startswith("-"):
        name = waiting.pop(0)
        assert name in command.commands, f"{page}: there is no command {name!r}"
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in waiting if re.match(r"--?[a-z]", word) and word not in known]
    assert unknown == [], f"{page}: aggregator {' '.join(arguments)}"


def test_the_pages_name_every_command() -> None:
    named = {" ".join(arguments[: 2 if arguments[0] in {"config", "db", "opml", "partners"} else 1])
             for _, arguments in lines_of("aggregator") if arguments}  # fmt: skip
    single = {name for name, command in COMMANDS.commands.items() if not hasattr(command, "commands")}
    grouped = {
        f"{group} {name}"
        for group, command in COMMANDS.commands.items()
        if group not in single
        for name in command.commands
    }
    assert single | grouped <= named


def test_every_target_of_make_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {argument for _, arguments in lines_of("make") for argument in arguments if "=" not in argument}
    assert {"run", "test"} <= named <= targets


# Configurations


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_every_configuration_loads(block: Block, tmp_path: Path) -> None:
    text = block.text
    if not text.startswith("service:"):  # a part: what is around it is said elsewhere
        text = f"service: {{timezone: Asia/Jakarta}}\n{text}"
    file = tmp_path / "aggregator.yaml"
    file.write_text(text, encoding="utf-8")
    settings = load(file, {name: _value(name) for name in re.findall(r"\$\{(\w+)", text)})
    assert settings.categories


def _value(variable: str) -> str:
    """Return what an environment may hold under a name."""
    if variable.endswith("_SECRET"):
        return "whsec_" + "A" * 32
    return f"{variable.lower()}-of-twenty-characters-or-more"


def test_every_key_in_braces_is_a_key(tmp_path: Path) -> None:
    """Try what the prose shows as ``fetch: {…}`` or ``zones: {…}`` in its place."""
    found = {span for page in PAGES for span in SPAN.findall(spoken(page)) if re.match(r"\w+: \{", span)}
    assert found
    for span in found:
        source = "{id: a, url: https://a.example.id/feed/" + (f", {span}" if "zones" in span else "") + "}"
        lines = ["service: {timezone: Asia/Jakarta}", f"categories: {{news: {{sources: [{source}]}}}}"]
        file = tmp_path / "aggregator.yaml"
        file.write_text("\n".join([*lines, *([] if "zones" in span else [span])]), encoding="utf-8")
        load(file, {})


def test_the_environment_is_documented_as_it_is() -> None:
    named = {code(row[0]) for row in cells(section("docs/quickstart.md", "Environment"))}
    made = set(re.findall(r"AGGREGATOR_\w+", section("docs/configuration.md", "Environment")))
    assert named == made | {"NO_COLOR", "SSL_CERT_FILE"}


# The architecture


def rooms() -> set[str]:
    """Return the folders and modules of the package."""
    there = (ROOT / "aggregator").iterdir()
    return {path.stem for path in there if path.suffix in {"", ".py"} and not path.name.startswith("__")}


def test_the_diagram_shows_rooms_that_exist() -> None:
    [diagram] = blocks("mermaid")
    shown = set(re.findall(r"\b([a-z_]+)\[", diagram.text))
    assert {"settings", "fetch", "parse", "rules", "store", "render", "web"} <= shown <= rooms()


def test_the_table_of_rooms_is_complete() -> None:
    assert {code(row[0]) for row in cells(section("docs/architecture.md", "The rooms"))} == rooms()


def test_the_order_of_imports_is_the_one_that_is_checked() -> None:
    [contract] = [each for each in PROJECT["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]
    layers = [layer for layer in contract["layers"] if not layer.startswith("__")]
    [written] = [block.text for block in blocks("text") if " > " in block.text]
    assert written.strip() == " > ".join(layers)


def test_the_table_of_tables_is_complete() -> None:
    rows = cells(section("docs/architecture.md", "What is stored"))
    assert {code(row[0]) for row in rows} == set(tables.metadata.tables)


def test_every_dependency_says_why_and_nothing_else_does() -> None:
    project = PROJECT["project"]
    requirements = chain(project["dependencies"], *project["optional-dependencies"].values())
    names = {re.split(r"[^\w-]", requirement)[0] for requirement in requirements} - {"aggregator"}
    page = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text(encoding="utf-8")
    said = {row[0] for row in cells(page) if all(row)}
    extras = {"htmldate", "psycopg", "obstore"}
    assert said | extras == names
    assert all(f"`{extra}`" in page for extra in extras)


# Policies


TOLD_AT = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "published"),
    [(code(row[0]), code(row[1])) for row in cells(section("docs/timestamps.md", "Examples"))],
)
def test_the_examples_of_dates_are_true(text: str, published: str) -> None:
    claim = Claim(origin=Origin.TEXT, text=text)
    reading = dates.read(text, zone=JAKARTA, base=TOLD_AT)
    settled = settle(
        [Candidate(claim=claim, reading=reading)],
        first_seen=TOLD_AT,
        place=0,
        absent_at=None,
        first_collect=False,
    )
    assert settled.published == datetime.fromisoformat(published)


def test_the_examples_of_addresses_are_true() -> None:
    rows = cells(section("docs/duplicates.md", "B. The canonical address"))
    tracking = Tracking.of(well_known_tracking())
    assert rows
    for one, other in rows:
        assert canonical(code(one), tracking) == canonical(code(other), tracking) != ""


# The running service


def test_every_address_of_the_readme_answers() -> None:
    item = an_item("pelabuhan", published=NOW)
    source = a_source("pelabuhan", "logistik")
    feeds = [a_feed(name, source.id) for name in ("all", "logistik", "source/pelabuhan")]
    newsroom = Newsroom(
        site=SITE,
        categories=[a_category("logistik", source)],
        feeds=feeds,
        store=FakeStore(
            stories=[make_story("kapal", item)],
            publications={
                (name, suffix): make_publication(name, suffix)
                for name in (*(feed.name for feed in feeds), "logistik/archive/1")
                for suffix in ("rss", "atom", "json")
            },
            source_states={source.id: SourceState(id=source.id)},
        ),
    )
    newsroom.publish("logistik", make_entry(1))  # what reads a feed finds one
    partner = a_partner("warta", "logistik", key="ak_0123456789abcdefghij")
    [own] = variants(feeds, [partner])
    newsroom.partners = [partner]
    newsroom.store.publications[own.name, "rss"] = make_publication(own.name, "rss")
    filled = dict.fromkeys(("{category}", "{feed}", "{name}"), "logistik")
    filled |= {"{source}": "pelabuhan", "{id}": "kapal", "{n}": "1", "{key}": "ak_0123456789abcdefghij"}
    paths = [path for row in cells(section("README.md", "Subscribe")) for path in SPAN.findall(row[0])]
    assert len(paths) > 10
    for path in paths:
        address = re.sub(r"\{\w+\}", lambda match: filled[match[0]], path)
        assert newsroom.ask(address).status_code == 200, path


def test_every_metric_that_is_named_exists() -> None:
    exposed = Metrics().exposition()[0].decode()
    named = {
        name
        for page in PAGES
        for name in re.findall(r"\baggregator_[a-z_]+\b", page.read_text(encoding="utf-8"))
    }
    assert named
    for name in named:
        assert f"# TYPE {name.removesuffix('_info')}" in exposed, name


def test_the_script_that_moves_a_database_moves_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = (f"sqlite:///{tmp_path}/{name}.db" for name in ("old", "new"))
    story, item = make_story("kapal", an_item()), an_item()
    with closing(open_store(old)) as store:
        store.enroll([a_source()])
        with store.writing() as transaction:
            transaction.put_stories([story])
            transaction.put_items([(item, story.id)])
    [script] = [block for block in blocks("python") if block.page == "docs/how-to.md"]
    monkeypatch.setattr(sys, "argv", ["move_database.py", old, new])
    exec(compile(script.text, str(script), "exec"), {})  # noqa: S102 # it is what a reader is told to run
    assert "items 1\n" in capsys.readouterr().out
    with closing(open_store(new)) as store:
        assert store.story("kapal") == story
        assert store.counts() == {"antara": 1}
