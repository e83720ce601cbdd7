"""Checks that the README says what is so: its program, its options, its links."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# How the README calls values that are empty in the file.
EMPTY = {
    "venomous.snake-supervisor.cd": "the host's",
    "venomous.snake-supervisor.python-executable": "the system's",
    "venomous.snake-supervisor.python-folder": "found",
}


# -- programs ------------------------------------------------------------------


def program_of(example: str) -> str:
    """Returns what stands between the two marks in the example."""
    text = (ROOT / example).read_text()
    includes = "".join(re.findall(r"#include .*\n", text))
    body = text.split("// [readme]\n")[1]
    return f"{includes}\n{body}"


def faults_of_programs(readme: str) -> Iterator[str]:
    programs = re.findall(r"<!-- (\S+) -->\n```cpp\n(.*?)```", readme, re.S)
    if not programs:
        yield "there is no program under a mark like <!-- examples/hello.cpp -->"
    for example, printed in programs:
        if printed != program_of(example):
            yield f"the program is not that of {example}:\n{program_of(example)}"
        lines = len([line for line in printed.splitlines() if line.strip()])
        if lines > 15:
            yield f"the program of {example} has {lines} lines, more than 15"
    excerpts = re.findall(r"<!-- in (\S+) -->\n```cpp\n(.*?)```", readme, re.S)
    for example, printed in excerpts:
        if printed not in (ROOT / example).read_text():
            yield f"{example} has no such lines:\n{printed}"


def faults_of_examples() -> Iterator[str]:
    for path in (ROOT / "examples").glob("*.cpp"):
        lines = len(path.read_text().splitlines())
        if lines >= 60:
            yield f"{path.name} has {lines} lines, which is not short"


# -- options -------------------------------------------------------------------


def options_of_file() -> dict[str, str]:
    """Returns the options in the sample configuration as the README has them."""
    options = {}
    groups: list[str] = []
    text = (ROOT / "config/caf-application.conf").read_text()
    for line in re.sub(r"#.*", "", text).split("\n"):
        if match := re.match(r" *([\w-]+) \{$", line.rstrip()):
            groups.append(match[1])
            options[".".join(groups)] = ""
        elif match := re.match(r" *([\w-]+) = (.+)", line):
            # A group that has options is none.
            for size in range(1, len(groups) + 1):
                options.pop(".".join(groups[:size]), None)
            options[".".join([*groups, match[1]])] = match[2].strip('"[] ')
        elif line.strip() == "}":
            groups.pop()
    return {key: x or EMPTY.get(key, "none") for key, x in options.items()}


def tables_of(readme: str) -> list[tuple[str, str]]:
    """Returns the groups of options, each with the rows of its table."""
    return re.findall(
        r"^\| `(venomous\.[\w-]+\.)` \| default \|.*\n\|[-|]+\n((?:\|.*\n)+)",
        readme,
        re.M,
    )


def options_of_readme(readme: str) -> dict[str, str]:
    """Returns the options in the tables of the README with their defaults."""
    options = {}
    for group, rows in tables_of(readme):
        for name, keys, default in re.findall(
            r"^\| `([\w-]+)(?: \{ (.*?) ?\})?` \| (.*?) \|", rows, re.M
        ):
            for key in keys.split(", "):
                options[f"{group}{name}.{key}".rstrip(".")] = default
    return options


def faults_of_options(readme: str) -> Iterator[str]:
    real, told = options_of_file(), options_of_readme(readme)
    for key in real.keys() - told.keys():
        yield f"the option {key} is missing"
    for key in told.keys() - real.keys():
        yield f"there is no option {key}"
    for key in real.keys() & told.keys():
        if real[key] != told[key]:
            yield f"the default of {key} is {real[key]}, not {told[key]}"


def descriptions_of_code() -> dict[str, str]:
    """Returns what `--help` says of each option."""
    text = (ROOT / "config/option_table.cpp").read_text()
    return {
        f"venomous.snake-{group}.{name}": "".join(re.findall(r'"([^"]*)"', literals))
        for group, name, literals in re.findall(
            r'\b(manager|supervisor)\("([^"]+)"\),\s*((?:"[^"]*"\s*)+)', text
        )
    }


def faults_of_descriptions(readme: str) -> Iterator[str]:
    helped = descriptions_of_code()
    for group, rows in tables_of(readme):
        for name, told in re.findall(
            r"^\| `([\w-]+)(?: \{ \})?` \| [^|]*? \| (.*?) \|$", rows, re.M
        ):
            told = told.replace("`", "")
            if helped.get(f"{group}{name}") != told:
                yield f"--help does not say of {group}{name}: {told}"


# -- links ---------------------------------------------------------------------


def faults_of_links(readme: str) -> Iterator[str]:
    prose = re.sub(r"```.*?```", "", readme, flags=re.S)
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", prose):
        if not (ROOT / link).exists():
            yield f"the link to {link} leads nowhere"


def main() -> int:
    readme = (ROOT / "README.md").read_text()
    faults = [
        *faults_of_programs(readme),
        *faults_of_examples(),
        *faults_of_options(readme),
        *faults_of_descriptions(readme),
        *faults_of_links(readme),
    ]
    print("\n".join(sorted(faults)) or "the README is right")
    return 1 if faults else 0


sys.exit(main())
