"""Checks that the README says what is so: its program and its options."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def program_of(example: str) -> str:
    """Returns what stands between the two marks in the example."""
    text = (ROOT / example).read_text()
    includes = "".join(re.findall(r"#include .*\n", text))
    body = text.split("// [readme]\n")[1]
    return f"{includes}\n{body}"


def keys_of_file() -> set[str]:
    """Returns the last parts of the keys in the sample configuration."""
    text = (ROOT / "config/caf-application.conf").read_text()
    keys = re.findall(r"^ {4,6}([a-z-]+) (?:=|\{)", text, re.MULTILINE)
    return set(keys) - {"module", "func", "args"}


def main() -> int:
    readme = (ROOT / "README.md").read_text()
    faults = []
    for example, printed in re.findall(r"<!-- (\S+) -->\n```cpp\n(.*?)```", readme, re.S):
        if printed != program_of(example):
            faults.append(f"the program is not that of {example}:\n{program_of(example)}")
    keys = set(re.findall(r"^\| `([a-z-]+)[` ]", readme, re.MULTILINE))
    for key in keys_of_file() - keys:
        faults.append(f"the option {key} is missing")
    prose = re.sub(r"```.*?```", "", readme, flags=re.S)
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", prose):
        if not (ROOT / link).exists():
            faults.append(f"the link to {link} leads nowhere")
    print("\n".join(faults) or "the README is right")
    return len(faults)


sys.exit(main())
