"""Checks what examples/inference prints against the model in this process.

The argument is the program.
"""

import re
import subprocess
import sys
from pathlib import Path

# Not by PYTHONPATH, which the snakes would inherit: they have to find it by
# themselves.
sys.path.append(str(Path(__file__).parents[1] / "examples" / "inference"))
import inference  # noqa: E402

NUMBER = r"(\d+(?:\.\d+)?)"

PRINTED = re.compile(
    rf"""models: {NUMBER}, snakes: {NUMBER}
right: {NUMBER} of {NUMBER}
seconds: {NUMBER}
requests per second: {NUMBER}
p50: {NUMBER} ms
p90: {NUMBER} ms
p99: {NUMBER} ms
p100: {NUMBER} ms
"""
)


def run(*args: object, status: int = 0) -> "subprocess.CompletedProcess[str]":
    """Run the program, which has to end with `status`."""
    done = subprocess.run(
        [sys.argv[1], *map(str, args)], capture_output=True, text=True, timeout=50
    )
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return done


def right_in_here(count: int, seed: int) -> int:
    """Count what the model of this process reads as it was drawn."""
    samples = inference.draw(count, seed)
    replies = [inference.predict(inference.Request(0, x)) for x in samples.pictures]
    return sum(x.digit == y for x, y in zip(replies, samples.digits))


def check(snakes: int, clients: int, requests: int, seed: int) -> None:
    """Each request is answered, as the model in this process would, and timed."""
    options = f"--snakes={snakes} --clients={clients} --requests={requests}"
    printed = run(*options.split(), f"--seed={seed}").stdout
    found = PRINTED.fullmatch(printed)
    assert found, printed
    models, used, right, count, seconds, rate, *latencies = map(float, found.groups())
    # It was trained in the one process that all snakes are forks of.
    assert models == 1 and 1 <= used <= snakes, printed
    assert count == clients * requests, printed
    assert right == right_in_here(clients * requests, seed), printed
    assert right > 0.9 * count, printed
    assert abs(rate * seconds - count) < 0.001 * rate + 1, printed
    assert latencies == sorted(latencies) and latencies[0] > 0, printed
    assert latencies[-1] / 1_000 <= seconds + 0.001, printed
    # Each client has one request at a time, so that they take this long together.
    assert clients * seconds * 1_000 >= count * latencies[0] / 2, printed


def main() -> None:
    """Run the program with few and many clients, and wrongly."""
    check(2, 32, 100, 1)
    check(1, 1, 150, 2)
    check(3, 200, 2, 3)
    for wrong in "--clients=0", "--requests=many", "--snaks=1":
        done = run(wrong, status=2)
        assert wrong.strip("-").split("=")[0] in done.stderr, done
    late = "--venomous.snake-supervisor.start-timeout-ms=1"
    done = run(late, status=1)
    assert "inference: start_failed" in done.stderr, done


if __name__ == "__main__":
    main()
