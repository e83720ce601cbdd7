"""Checks how a program ends and what it prints, whichever way.

The arguments are the exit status, a regular expression for each line, and after
`--` the program with its arguments.
"""

import re
import subprocess
import sys


def main() -> None:
    dashes = sys.argv.index("--")
    status, *lines = sys.argv[1:dashes]
    done = subprocess.run(
        sys.argv[dashes + 1 :],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=50,
    )
    assert done.returncode == int(status), done
    assert re.fullmatch("".join(f"{line}\n" for line in lines), done.stdout), done


main()
