"""What ``--to`` names."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ConfigError
from aggregator.export import place_of
from aggregator.export.bucket import Bucket
from aggregator.export.folder import Folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("form", ["{}", "file://{}", "file://localhost{}"])
def test_a_folder(tmp_path: Path, form: str) -> None:
    with closing(place_of(form.format(tmp_path / "situs-kita"))) as place:
        assert isinstance(place, Folder)
        assert place.name == str(tmp_path / "situs-kita")
    assert (tmp_path / "situs-kita").is_dir()


def test_signs_of_an_address_may_stand_in_for_others(tmp_path: Path) -> None:
    place_of(f"file://{tmp_path}/situs%20kita").close()
    assert (tmp_path / "situs kita").is_dir()


@pytest.mark.parametrize("url", ["s3://kabar", "s3://kabar/", "s3://kabar/situs/kita"])
def test_a_bucket(url: str) -> None:
    with closing(place_of(url)) as place:
        assert isinstance(place, Bucket)
        assert place.name == url


@pytest.mark.parametrize(
    ("to", "sign"),
    [
        ("ftp://example.id/x", "cannot be written to"),
        ("https://example.id/x", "cannot be written to"),
        ("gs://kabar/situs", "cannot be written to"),
        ("s3://", "cannot be written to"),
        ("s3:///situs", "cannot be written to"),
        ("file://", "cannot be written to"),
        ("file:///", "cannot be written to"),
        ("file:///..", "is the root of the file system"),
        ("/", "is the root of the file system"),
        ("//", "is the root of the file system"),
        ("/srv/..", "is the root of the file system"),
        ("file://other-host/srv", "cannot be written to"),
        ("s3://kabar/x?region=y", "nothing may follow"),
        ("file:///srv/x#y", "nothing may follow"),
        ("s3://[kabar/x", "is not an address"),
    ],
)
def test_other_places_are_refused(to: str, sign: str) -> None:
    with pytest.raises(ConfigError) as raised:
        place_of(to)
    assert f"--to {to}: " in str(raised.value)
    assert sign in str(raised.value)
    assert "write a folder, file:///folder or s3://bucket/prefix" in str(raised.value)


@pytest.mark.parametrize("to", ["", " "])
def test_an_empty_name_is_no_place(to: str) -> None:
    with pytest.raises(ConfigError, match=r"--to is empty, .*: write a folder, file:///folder or s3://"):
        place_of(to)


def test_a_link_to_the_root_is_the_root(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/")
    with pytest.raises(ConfigError, match="link: is the root of the file system"):
        place_of(str(tmp_path / "link"))


def test_a_password_is_refused_and_not_said_again() -> None:
    with pytest.raises(ConfigError) as raised:
        place_of("s3://name:hush@kabar/situs")
    assert "AWS_SECRET_ACCESS_KEY" in str(raised.value)
    assert "hush" not in str(raised.value)


def test_a_bucket_needs_what_may_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "aggregator.export.bucket")
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(ConfigError, match=r"needs obstore, .*pip install 'aggregator\[s3\]'"):
        place_of("s3://kabar/situs")
