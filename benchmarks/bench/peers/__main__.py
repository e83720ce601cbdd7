"""Runs one task with one peer and prints the samples as a line of JSON.

Arguments: the name of the peer, of the task, and the options as JSON.
"""

import json
import os
import sys

from bench import peers
from bench.peers import tasks


def main() -> int:
    name, task, text = sys.argv[1:]
    options = json.loads(text)
    if options.get("one-cpu"):
        # The same one that `measure` takes.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    found = tasks.ALL[task](peers.ALL[name], options)
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
