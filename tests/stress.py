"""Runs tests many times in a row and stops at the first failure.

The arguments are the program and what it is to be called with. STRESS_RUNS in the
environment says how many times, 300 unless it does.
"""

import os
import subprocess
import sys
import time


def main() -> int:
    runs = int(os.environ.get("STRESS_RUNS", "300"))
    start = time.monotonic()
    for number in range(1, runs + 1):
        done = subprocess.run(
            sys.argv[1:],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        took = f"{time.monotonic() - start:.0f} s"
        if done.returncode != 0:
            print(done.stdout)
            print(f"run {number} of {runs} failed, after {took}")
            return 1
        if number == runs or number % 10 == 0:
            print(f"{number} of {runs} runs passed, after {took}", flush=True)
    return 0


sys.exit(main())
