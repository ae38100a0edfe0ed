"""A folder on disk. What is written appears by a rename in its own directory: whole or not at all."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.errors import AggregatorError
from aggregator.export.place import ForeignError, parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.export.place import File

JOURNAL = ".aggregator-export.journal"  #: paths that an export under way has written; locked meanwhile
UNFINISHED = ".aggregator-export.new"  #: in each directory: what is yet to be renamed


class Folder:
    """Files below a folder, which is made when it is opened. One export at a time."""

    def __init__(self, root: Path) -> None:
        """Open ``root``.

        Raises:
            AggregatorError: it cannot be made or written to, or another export is using it.
        """
        self.name = str(root)
        with self._usable():
            root.mkdir(parents=True, exist_ok=True)
            self._root = root.resolve()
            journal = os.open(
                self._root / JOURNAL, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o666
            )
            self._journal = os.fdopen(journal, "a+", encoding="utf-8")
            try:
                self._lock()
                self._journal.seek(0)
                self._claimed = set(self._journal.read().splitlines())
            except BaseException:
                self._journal.close()
                raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = os.path.samestat(os.fstat(self._journal.fileno()), (self._root / JOURNAL).lstat())
        except (BlockingIOError, FileNotFoundError):
            free = False
        if not free:
            raise AggregatorError(
                f"{self.name}: another export is writing there; try again when it has ended"
            )

    def stamp(self, path: str) -> str | None:
        """Return size and time of a file; what is no file has a stamp that no file has."""
        with self._usable():
            try:
                status = self._target(path).lstat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            return _stamp(status) if stat.S_ISREG(status.st_mode) else "no file"

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file; symbolic links are none."""
        with self._usable():
            target = self._target(path)
            return target.read_bytes() if target.is_file() and not target.is_symlink() else None

    def holds(self, path: str, file: File) -> bool:
        """Tell whether the bytes are there: a folder keeps no headers."""
        return self.read(path) == file.body

    def write(self, path: str, file: File) -> str:
        """Put a file there; its time is ``file.modified``, if that is known."""
        with self._usable():
            target = self._target(path)
            if target.is_symlink() or (target.exists() and not target.is_file()):
                raise ForeignError(f"{path}: is not a file")
            self._make(target.parent)
            self._claim(path)
            unfinished = target.with_name(UNFINISHED)
            unfinished.unlink(missing_ok=True)  # of an export that was cut short
            with unfinished.open("xb") as out:
                out.write(file.body)
            if file.modified:
                os.utime(unfinished, (file.modified.timestamp(),) * 2)
            unfinished.replace(target)
            return _stamp(target.lstat())

    def remove(self, path: str) -> None:
        """Take a file away, and the directories that it leaves empty."""
        with self._usable():
            target = self._target(path)
            with suppress(FileNotFoundError, NotADirectoryError):
                target.unlink()
            for directory in target.parents:
                if directory == self._root:
                    break
                try:
                    directory.rmdir()
                except OSError:  # not empty
                    break

    def unfinished(self, path: str) -> bool:
        """Tell whether an export that did not come to its end wrote there."""
        return path in self._claimed

    def _make(self, directory: Path) -> None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            found = next(each for each in (directory, *directory.parents) if os.path.lexists(each))
            raise ForeignError(f"{found.relative_to(self._root)}: is not a folder") from error

    def _claim(self, path: str) -> None:
        if path not in self._claimed:
            self._claimed.add(path)
            self._journal.write(f"{path}\n")
            self._journal.flush()

    def finish(self) -> None:
        """Note that an export came to its end."""
        self._claimed.clear()

    def close(self) -> None:
        """Let others use the folder; what an export wrote that did not come to its end is remembered."""
        with self._usable():
            if not self._claimed:
                (self._root / JOURNAL).unlink(missing_ok=True)
            self._journal.close()

    def _target(self, path: str) -> Path:
        target = self._root.joinpath(*parts(path))
        if not Path(os.path.realpath(target.parent)).is_relative_to(self._root):
            raise ForeignError(f"{path}: a symbolic link leads out of the folder")
        return target

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise AggregatorError(
                f"{error.filename or self.name}: cannot be written: {error.strerror}; "
                "--to needs a folder that is yours to write, with space left"
            ) from error


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_size}-{status.st_mtime_ns}"
