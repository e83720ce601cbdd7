"""Steps of tests of what is left at the end of a snake."""

import os
import time
from pathlib import Path
from typing import Dict

from conftest import MODULES, Host, Snake, StartHost
from processes import PATIENCE


def end_politely(host: Host, snake: Snake, grace_ms: int = 60_000) -> Dict[str, object]:
    host.end(snake, "polite", grace_ms)
    return host.event("exited")


def vanishes(path: str) -> bool:
    """Waits until there is no such file any more."""
    give_up = time.monotonic() + PATIENCE
    while os.path.exists(path) and time.monotonic() < give_up:
        time.sleep(0.001)
    return not os.path.exists(path)


def with_preload(start_host: StartHost, folder: Path, text: str) -> Host:
    (folder / "preloaded.py").write_text(text)
    host = start_host(
        preload=["preloaded", "estate"], module_paths=[str(MODULES), str(folder)]
    )
    host.event("hello")
    return host
