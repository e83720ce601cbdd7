"""Ends all children of its process, adopted ones too.

A zygote becomes this program when its host is gone and it hangs. It uses nothing that
may be broken by then.
"""

import os
import signal
from typing import Iterator


def _children() -> Iterator[int]:
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                stat = file.read()
        except OSError:
            continue  # The process has ended.
        # The name in parentheses may contain anything.
        if int(stat.rpartition(b")")[2].split()[1]) == os.getpid():
            yield int(name)


def _reap() -> None:
    """Waits for the next child to end, and reaps all that have ended.

    Raises ChildProcessError if no child is left.
    """
    os.waitpid(-1, 0)
    while os.waitpid(-1, os.WNOHANG)[0] != 0:
        pass


def main() -> None:
    """Returns when no child is left. When a child ends, its own children are adopted
    first.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        while True:
            for pid in _children():
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass  # Another user owns it now: it ends when it ends.
            _reap()
    except ChildProcessError:
        pass


if __name__ == "__main__":
    main()
