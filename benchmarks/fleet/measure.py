"""Run a command and say what the system counted for it and for all that it started and waited for.

    python measure.py COMMAND…

Prints the command's output, then one line of JSON. A program of its own, and a small one: on Linux a process
begins with the peak memory of the one that started it.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> int:
    """Run the command line's command; return its exit code."""
    command = sys.argv[1:]
    pid = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    peak_bytes = usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024
    print(json.dumps({"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_bytes": peak_bytes}))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
