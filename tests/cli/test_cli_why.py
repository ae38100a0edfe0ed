"""``why``: a story's copies, its relatives, what was decided, and what keeps it from being published."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model.item import Item, Joined, JoinedBy
from aggregator.model.story import Decision, DecisionKind, Ground, Held, Story
from aggregator.rules.cluster import found
from tests.making import NOW, an_item

if TYPE_CHECKING:
    from tests.cli.commands import Commands

HOUR = timedelta(hours=1)
ID = "tag:feeds.example.id,2024-01-01:kapal"
AT = "2024-11-20 14:30:00 +0700"


def copy_of(source: str, key: str = "id:2", **changes: Any) -> Item:
    """Return an item that an equal address showed to be a copy of the first, when that was out."""
    joined = Joined(
        by=JoinedBy.URL, source="portal-news", key="id:1", settled=True, leads=False,
        detail="https://x.example.id/1",
    )  # fmt: skip
    return an_item(source, key, **({"joined": joined} | changes))


def a_story(shown: Item | None = None, *others: Item, **changes: Any) -> Story:
    story = found(shown or an_item("portal-news"), ID)
    fields: dict[str, Any] = {"others": others, "out_at": NOW}
    return replace(story, **(fields | changes))


def keep(commands: Commands, *stories: Story, decisions: tuple[Decision, ...] = ()) -> None:
    """Put stories into the database; the second one, if any, is related to the first."""
    with commands.store() as store:
        with store.writing() as transaction:
            transaction.put_stories(stories)
            transaction.put_items((copy, story.id) for story in stories for copy in story.copies)
            transaction.put_decisions(decisions)
        texts = [text.row for text in store.unmatched(10)]
        with store.writing() as transaction:
            rows = {story: row for row, story in transaction.stories_at(texts).items()}
        if len(rows) > 1:
            pair = (rows[stories[1].id], rows[stories[0].id], 0.7125, "titles: 0.40 alike, under 0.6")
            with store.writing() as transaction:
                transaction.put_texts([], [pair], matched=[], expired_before=NOW)


def why(commands: Commands, name: str = ID) -> tuple[dict[str, Any], str]:
    """Return what a program and what a person is told of the one story with that name."""
    [data] = commands.json("why", name)
    return data, commands("why", name).stdout


def test_a_copy_is_told_with_how_it_was_recognised(commands: Commands) -> None:
    other = copy_of("kawat-mitra", former_keys=("id:old", "url:https://x.example.id/old"))
    keep(commands, a_story(None, other))
    data, said = why(commands)
    [first, second] = data["copies"]
    assert (first["joined"], first["former_keys"], first["withdrawn_at"], first["held"]) == (
        None, [], None, False,
    )  # fmt: skip
    assert second["joined"] == {
        "by": "url", "source": "portal-news", "key": "id:1", "detail": "https://x.example.id/1",
        "settled": True, "leads": False,
    }  # fmt: skip
    assert second["former_keys"] == ["id:old", "url:https://x.example.id/old"]
    assert data["out_at"] == NOW.isoformat()
    assert (data["deleted_at"], data["taken_down"], data["held"], data["hold_until"]) == (
        None, False, "", None,
    )  # fmt: skip
    assert (data["related"], data["decisions"]) == ([], [])
    for line in (
        f"  out since {AT}",
        "  kawat-mitra, id:2",
        "    also known as id:old, url:https://x.example.id/old",
        "    joined by an equal address, that of portal-news, id:1: https://x.example.id/1",
        "    not shown: it came when the story was out already, and what is shown stays",
    ):
        assert f"\n{line}" in said
    assert "related" not in said
    assert "decided" not in said


@pytest.mark.parametrize(
    ("by", "words"),
    [(JoinedBy.ID, "joined by an equal id, that of"), (JoinedBy.TEXT, "joined by a like text, that of")],
)
def test_every_way_of_joining_has_its_words(commands: Commands, by: JoinedBy, words: str) -> None:
    other = copy_of("kawat-mitra")
    assert other.joined
    keep(commands, a_story(None, replace(other, joined=replace(other.joined, by=by))))
    data, said = why(commands)
    assert data["copies"][1]["joined"]["by"] == by
    assert words in said


def early(item: Item, **changes: Any) -> Item:
    """Return a copy that came before its story was out."""
    assert item.joined
    return replace(item, joined=replace(item.joined, settled=False, **changes))


@pytest.mark.parametrize(
    ("shown", "other", "why_shown", "why_not"),
    [
        pytest.param(
            an_item("portal-news", content="x" * 600),
            early(copy_of("portal-logistik")),
            "the first one here, and none that came before the story was out was better",
            "the shown one has the full text",
            id="full text",
        ),
        pytest.param(
            an_item("portal-news", published=NOW - HOUR),
            early(copy_of("portal-logistik")),
            "the first one here",
            "the shown one is the earliest",
            id="earliest",
        ),
        pytest.param(
            an_item("portal-news"),
            early(copy_of("kawat-mitra", content="x" * 600)),
            "the first one here",
            "the shown one has a source of higher priority",
            id="priority",
        ),
        pytest.param(
            early(copy_of("kawat-mitra"), leads=True),
            an_item("portal-news", published=NOW - HOUR),
            "it was the best of the copies when the story came out",
            "another was the better one when the story came out, and what is shown stays",
            id="no longer the better one",
        ),
        pytest.param(
            copy_of("kawat-mitra", leads_since=NOW),
            an_item("portal-news", withdrawn_at=NOW),
            f"since {AT}, when the one before it was withdrawn",
            "its source has taken it back",
            id="took over",
        ),
    ],
)
def test_why_a_copy_is_shown_or_not(
    commands: Commands, shown: Item, other: Item, why_shown: str, why_not: str
) -> None:
    keep(commands, a_story(shown, other))
    data, said = why(commands)
    assert [copy["shown"] for copy in data["copies"]] == [True, False]
    assert data["copies"][0]["shown_why"].startswith(why_shown)
    assert data["copies"][1]["shown_why"] == why_not
    assert f"    shown: {why_shown}" in said
    assert f"    not shown: {why_not}\n" in said


def test_the_only_copy_is_shown(commands: Commands) -> None:
    keep(commands, a_story())
    assert "    shown: there is no other copy\n" in why(commands)[1]


def test_a_withdrawn_copy_is_told_with_since_when(commands: Commands) -> None:
    keep(commands, a_story(None, copy_of("kawat-mitra", withdrawn_at=NOW + HOUR)))
    data, said = why(commands)
    assert [copy["withdrawn_at"] for copy in data["copies"]] == [None, (NOW + HOUR).isoformat()]
    assert "    withdrawn by its source: 2024-11-20 15:30:00 +0700\n" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"held": Held.GATE},
            "not published: held back, because it looks like an old one come back as new; if it is news, "
            "let it out with: aggregator release portal-news",
            id="held",
        ),
        pytest.param(
            {"held": Held.MATCH},
            "not published yet: its text is yet to be compared with those of others",
            id="to be compared",
        ),
        pytest.param({}, "not published yet: it comes with the next pass", id="to come"),
        pytest.param(
            {"deleted_at": NOW}, f"never published, deleted {AT}: its last copy was taken back", id="no more"
        ),
        pytest.param(
            {"out_at": NOW, "deleted_at": NOW + HOUR},
            f"out since {AT}, deleted 2024-11-20 15:30:00 +0700: its last copy was taken back",
            id="deleted",
        ),
        pytest.param(
            {"out_at": NOW, "deleted_at": NOW, "taken_down": True},
            f"out since {AT}, deleted {AT}: taken down by the operator",
            id="taken down",
        ),
    ],
)
def test_what_keeps_a_story_from_being_published_is_said(
    commands: Commands, changes: dict[str, Any], words: str
) -> None:
    keep(commands, a_story(**({"out_at": None} | changes)))
    data, said = why(commands)
    for name, value in changes.items():
        assert data[name] == (value.isoformat() if name.endswith("_at") else value)
    assert data["out_at"] == (NOW.isoformat() if "out_at" in changes else None)
    assert f"\n  {words}\n" in said


def test_a_story_that_waits_for_its_date_says_for_which(commands: Commands) -> None:
    item = an_item("portal-news")
    item = replace(item, dates=replace(item.dates, hold_until=NOW + 100_000 * HOUR))
    keep(commands, a_story(item, out_at=None))
    data, said = why(commands)
    assert data["hold_until"] == (NOW + 100_000 * HOUR).isoformat()
    assert "\n  not published before 2036-04-18 06:30:00 +0700, the date that it has (future: hold)\n" in said


def test_a_held_copy_says_whether_that_still_counts(commands: Commands) -> None:
    held = an_item("portal-news", held=True)
    keep(commands, a_story(held, out_at=None, held=Held.GATE))
    data, said = why(commands)
    assert data["copies"][0]["held"] is True
    assert "\n    held back\n" in said
    keep(commands, a_story(held, copy_of("kawat-mitra"), held=Held.NOTHING))
    assert "\n    held back, but another copy let the story out\n" in why(commands)[1]


def test_related_stories_are_told_with_how_alike_they_are_and_why_they_are_not_the_same(
    commands: Commands,
) -> None:
    other = found(an_item("kawat-mitra", "id:9", title="\x1b[2JKapal sandar", unmatched=True), f"{ID}-2")
    keep(commands, a_story(an_item("portal-news", unmatched=True)), replace(other, out_at=NOW))
    data, said = why(commands)
    assert data["related"] == [
        {
            "id": other.id, "slug": other.slug, "title": "\x1b[2JKapal sandar",
            "link": "https://kawat-mitra.example.id/9", "source": "kawat-mitra", "likeness": 0.7125,
            "reason": "titles: 0.40 alike, under 0.6",
        }
    ]  # fmt: skip
    assert (
        "\n\n  related\n"
        "    0.71 alike: \\x1b[2JKapal sandar (kawat-mitra)\n"
        f"      http://127.0.0.1:8080/items/{other.slug}\n"
        "      not the same: titles: 0.40 alike, under 0.6\n"
    ) in said


def test_what_was_decided_is_told_in_order(commands: Commands) -> None:
    decided = (
        Decision(
            story=ID, at=NOW, kind=DecisionKind.HELD, source="portal-news", key="id:1", detail=Ground.TOO_MANY
        ),
        Decision(story=ID, at=NOW + HOUR, kind=DecisionKind.RELEASED, source="portal-news"),
        Decision(story=ID, at=NOW + HOUR, kind=DecisionKind.RENAMED, source="portal-news", key="id:1",
                 detail="id:\x1b[31m"),
        Decision(story=ID, at=NOW + 2 * HOUR, kind=DecisionKind.TAKEN_DOWN),
    )  # fmt: skip
    keep(commands, a_story(deleted_at=NOW + 2 * HOUR, taken_down=True), decisions=decided)
    data, said = why(commands)
    assert [decision["kind"] for decision in data["decisions"]] == [
        "held", "released", "renamed", "taken down",
    ]  # fmt: skip
    assert data["decisions"][0] == {
        "at": NOW.isoformat(), "kind": "held", "source": "portal-news", "key": "id:1",
        "detail": Ground.TOO_MANY,
    }  # fmt: skip
    assert said.endswith(
        "\n\n  decided\n"
        f"    {AT}  held (portal-news, id:1): {Ground.TOO_MANY}\n"
        "    2024-11-20 15:30:00 +0700  released (portal-news)\n"
        "    2024-11-20 15:30:00 +0700  renamed (portal-news, id:1): id:\\x1b[31m\n"
        "    2024-11-20 16:30:00 +0700  taken down\n"
    )


def test_copies_of_the_sample_newsroom_are_told_with_what_made_them_one(commands: Commands) -> None:
    commands("run")
    with commands.store() as store:
        both = next(story for story in store.latest(["kawat-mitra"], limit=50) if story.others)
    data, said = why(commands, both.id)
    [joined] = [copy["joined"] for copy in data["copies"] if copy["joined"]]
    assert joined["by"] in {"url", "id"}
    assert "joined by an equal " in said
    assert data["out_at"]
