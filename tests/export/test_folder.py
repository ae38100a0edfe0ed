"""A folder on disk: nothing outside it, nothing half-written, nothing of others."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import AggregatorError
from aggregator.export.folder import JOURNAL, Folder
from aggregator.export.manifest import MANIFEST
from aggregator.export.place import File, ForeignError, parts
from tests.export.conftest import Target

if TYPE_CHECKING:
    from tests.export.service import Service

OUTSIDE = [
    "", "/", ".", "..", "../x", "a/../x", "a/../../x", "/etc/passwd", "a//b", "a/", "/a", "./a", "a/./b",
    "a\\b", "..\\x", "C:\\x", "a\x00b", "a\nb", "a/b\x7f", "a\u2028b", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE, ids=repr)
def test_no_path_leads_out_of_the_folder(folder: Path, file: File, path: str) -> None:
    with closing(Folder(folder)) as place:
        for method in (place.stamp, place.read, place.remove, lambda path: place.write(path, file)):
            with pytest.raises(ValueError, match="is no path of a file in an export"):
                method(path)
    assert list(folder.iterdir()) == []
    assert list(folder.parent.iterdir()) == [folder]


@given(st.text(alphabet=st.sampled_from("./\\ab\x00~ é"), max_size=12))
def test_parts_stay_below_where_they_begin(path: str) -> None:
    try:
        found = parts(path)
    except ValueError:
        return
    root = Path("/srv/site")
    joined = Path(os.path.normpath(root.joinpath(*found)))
    assert joined.is_relative_to(root)
    assert joined != root


def test_a_symbolic_link_leads_nowhere_outside(folder: Path, tmp_path: Path, file: File) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "index.html").write_bytes(b"theirs")
    folder.mkdir()
    (folder / "c").symlink_to(outside)
    with closing(Folder(folder)) as place:
        for method in (place.stamp, place.read, place.remove, lambda path: place.write(path, file)):
            with pytest.raises(ForeignError, match=r"^c/.*index\.html: a symbolic link leads out"):
                method("c/index.html")
            with pytest.raises(ForeignError):
                method("c/new/index.html")
    assert [path.name for path in outside.iterdir()] == ["index.html"]
    assert (outside / "index.html").read_bytes() == b"theirs"


def test_a_link_in_place_of_a_file_is_not_followed(folder: Path, tmp_path: Path, file: File) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    folder.mkdir()
    (folder / "index.html").symlink_to(theirs)
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "feeds.opml").mkdir()
    with closing(Folder(folder)) as place:
        for path in ("index.html", "feeds.opml", "loop"):
            assert place.stamp(path) == "no file"
            assert place.read(path) is None
            assert not place.holds(path, file)
            with pytest.raises(ForeignError, match="is not a file"):
                place.write(path, file)
    assert theirs.read_bytes() == b"theirs"


def test_a_link_inside_the_folder_and_to_the_folder_will_do(tmp_path: Path, file: File) -> None:
    real = tmp_path / "real"
    (real / "c" / "news").mkdir(parents=True)
    (real / "c" / "kabar").symlink_to("news")
    (tmp_path / "link").symlink_to(real)
    with closing(Folder(tmp_path / "link")) as place:
        place.write("c/kabar/index.html", file)
    assert (real / "c" / "news" / "index.html").read_bytes() == file.body


def test_names_of_others_are_left_by_a_whole_export(folder: Path, tmp_path: Path, service: Service) -> None:
    (tmp_path / "outside").mkdir()
    folder.mkdir()
    (folder / "items").symlink_to(tmp_path / "outside")
    done = Target(lambda: Folder(folder), marks=False).export(service)
    assert done.in_the_way == ["items/satu: a symbolic link leads out of the folder"]
    assert done.written == 6
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("path", ["c", "c/news", "c/news/2024"])
def test_a_file_in_place_of_a_folder_is_named(folder: Path, file: File, path: str) -> None:
    (folder / path).parent.mkdir(parents=True)
    (folder / path).write_bytes(b"theirs")
    with closing(Folder(folder)) as place:
        assert place.stamp("c/news/2024/index.html") is None
        with pytest.raises(ForeignError, match=f"^{path}: is not a folder$"):
            place.write("c/news/2024/index.html", file)
        assert not place.unfinished("c/news/2024/index.html")
        place.remove("c/news/2024/index.html")
    assert (folder / path).read_bytes() == b"theirs"


def test_a_link_to_nothing_is_no_folder(folder: Path, file: File) -> None:
    folder.mkdir()
    (folder / "c").symlink_to("nothing")
    with closing(Folder(folder)) as place, pytest.raises(ForeignError, match=r"^c: is not a folder$"):
        place.write("c/index.html", file)
    assert not (folder / "nothing").exists()


def test_a_file_in_place_of_a_folder_stops_no_export(folder: Path, service: Service) -> None:
    target = Target(lambda: Folder(folder), marks=False)
    service.links["/"].append("/items/dua")
    service.pages["/items/dua"] = b"another story"
    folder.mkdir()
    (folder / "items").write_bytes(b"theirs")
    done = target.export(service)
    assert done.in_the_way == ["items: is not a folder"], "once, and not for each story"
    assert done.written == 6
    assert (folder / "items").read_bytes() == b"theirs"
    (folder / "items").unlink()
    assert target.export(service).written == 6
    (folder / "items").rename(folder / "moved")
    (folder / "items").write_bytes(b"theirs")
    service.links.clear()
    done = target.export(service)
    assert (done.in_the_way, done.removed) == ([], 0)


def test_what_a_link_leads_to_is_not_removed(
    folder: Path, tmp_path: Path, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    target = Target(lambda: Folder(folder), marks=False)
    target.export(service)
    (folder / "items").rename(tmp_path / "moved")
    (folder / "items").symlink_to(tmp_path / "moved")
    service.links.clear()
    assert target.export(service).removed == 0
    assert (tmp_path / "moved" / "satu").read_bytes() == b"one story"
    assert "items/satu: a symbolic link leads out of the folder" in caplog.text


def test_a_manifest_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path, service: Service) -> None:
    (tmp_path / "theirs").write_bytes(b"{}")
    folder.mkdir()
    (folder / MANIFEST).symlink_to(tmp_path / "theirs")
    with pytest.raises(ForeignError, match="is not a file; nothing was changed"):
        Target(lambda: Folder(folder), marks=False).export(service)
    assert [path.name for path in folder.iterdir()] == [MANIFEST]


def test_a_file_appears_whole_in_place_of_the_old_one(folder: Path) -> None:
    with closing(Folder(folder)) as place:
        place.write("feeds/all.rss", File(body=b"old"))
        with (folder / "feeds" / "all.rss").open("rb") as reader:
            place.write("feeds/all.rss", File(body=b"new and longer"))
            assert reader.read() == b"old", "whoever is reading it reads it to its end"
        place.finish()
    assert (folder / "feeds" / "all.rss").read_bytes() == b"new and longer"
    assert [path.name for path in folder.rglob("*")] == ["feeds", "all.rss"]


def test_what_a_cut_off_write_left_is_in_nobodys_way(folder: Path, file: File) -> None:
    (folder / "feeds").mkdir(parents=True)
    (folder / "feeds" / ".aggregator-export.new").write_bytes(b"ha")
    with closing(Folder(folder)) as place:
        place.write("feeds/all.rss", file)
    assert [path.name for path in (folder / "feeds").iterdir()] == ["all.rss"]


def test_a_file_is_as_old_as_its_content_and_as_open_as_others(folder: Path) -> None:
    changed = datetime(2024, 11, 20, 7, 30, tzinfo=UTC)
    with closing(Folder(folder)) as place:
        stamp = place.write("all.rss", File(body=b"x", modified=changed))
        assert place.stamp("all.rss") == stamp
    (folder / "other").touch()
    status = (folder / "all.rss").stat()
    assert status.st_mtime == changed.timestamp()
    assert status.st_mode == (folder / "other").stat().st_mode


def test_directories_that_become_empty_go_others_stay(folder: Path, file: File) -> None:
    with closing(Folder(folder)) as place:
        place.write("feeds/source/a.rss", file)
        place.write("c/news/index.html", file)
        (folder / "c" / "notes.txt").touch()
        place.remove("feeds/source/a.rss")
        place.remove("c/news/index.html")
        place.remove("c/news/index.html")
        place.finish()
    assert sorted(path.name for path in folder.rglob("*")) == ["c", "notes.txt"]


def test_one_export_at_a_time(folder: Path, file: File) -> None:
    with closing(Folder(folder)) as first:
        first.write("index.html", file)
        with pytest.raises(AggregatorError, match="another export is writing there"):
            Folder(folder)
        first.finish()
    Folder(folder).close()
    assert [path.name for path in folder.iterdir()] == ["index.html"]


def test_a_journal_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    folder.mkdir()
    (folder / JOURNAL).symlink_to(theirs)
    with pytest.raises(AggregatorError, match="cannot be written"):
        Folder(folder)
    assert theirs.read_bytes() == b"theirs"


def test_what_was_cut_short_is_remembered(folder: Path, file: File) -> None:
    with closing(Folder(folder)) as place:
        place.write("index.html", file)
    assert (folder / JOURNAL).exists()
    with closing(Folder(folder)) as place:
        assert place.unfinished("index.html")
        assert not place.unfinished("other.html")
        place.finish()
    assert not (folder / JOURNAL).exists()


@pytest.mark.parametrize("path", ["file/site", "file"])
def test_a_folder_that_cannot_be(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AggregatorError, match=r"file.* cannot be written: .*--to needs a folder"):
        Folder(tmp_path / path)


def test_a_name_that_the_file_system_refuses(folder: Path, file: File) -> None:
    with (
        closing(Folder(folder)) as place,
        pytest.raises(AggregatorError, match="cannot be written: File name"),
    ):
        place.write("a" * 300, file)
