"""What reading one document may cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one document may cost, and the processes that read it."""

    cpu: timedelta = timedelta(seconds=10)  #: of processor time; counted in whole seconds, rounded up
    wall: timedelta = timedelta(seconds=60)  #: for a process that hangs, or a machine that cannot keep up
    memory_bytes: int = 512_000_000  #: above what the process has at its start; not enforced on macOS
    answer_bytes: int = 8_000_000  #: what is read may hold so much; it is the service's memory that it fills
    held_bytes: int = 12_000_000  #: of documents that wait or are being read; who brings more has to wait
    processes: int = 2
    patience: timedelta = timedelta(seconds=0.5)  #: documents wait so long before one more process is started
    idle: timedelta = timedelta(minutes=2)  #: a process without work is ended then
