"""Reads one Python file at a time and tells what is in it."""

import ast
import warnings
from typing import TypedDict

# How many of the most complex functions of a file are told about.
MOST_COMPLEX = 10

# What counts as more than one is in `branches`.
BRANCHES = (
    ast.AsyncFor,
    ast.ExceptHandler,
    ast.For,
    ast.If,
    ast.IfExp,
    ast.While,
    ast.match_case,
)


class Function(TypedDict):
    """What is told about a function."""

    name: str
    line: int
    complexity: int


class Report(TypedDict):
    """What is told about a file."""

    lines: int
    functions: int
    classes: int
    most_complex: list[Function]
    why_unparsed: str | None


def count(path: bytes) -> Report:
    """Read the file at `path`. Of one that does not parse only lines are known."""
    report: Report = {
        "lines": 0,
        "functions": 0,
        "classes": 0,
        "most_complex": [],
        "why_unparsed": None,
    }
    try:
        with open(path, "rb") as file:
            source = file.read()
        report["lines"] = source.count(b"\n") + (source[-1:] not in (b"", b"\n"))
        # What the compiler warns about is not of interest here.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except SyntaxError as err:
        where = f" (line {err.lineno})" if err.lineno else ""
        report["why_unparsed"] = f"{type(err).__name__}: {err.msg}{where}"
    except OSError as err:
        report["why_unparsed"] = f"{type(err).__name__}: {err.strerror}"
    except (ValueError, RecursionError, MemoryError) as err:
        # Null bytes, and what is nested too deep.
        report["why_unparsed"] = f"{type(err).__name__}: {err}"
    else:
        functions, report["classes"] = survey(tree)
        report["functions"] = len(functions)
        functions.sort(key=lambda x: (-x["complexity"], x["line"], x["name"]))
        report["most_complex"] = functions[:MOST_COMPLEX]
    return report


def survey(tree: ast.Module) -> tuple[list[Function], int]:
    """Find all functions with their complexity, and the number of classes.

    A function within another one is a function of its own, a lambda is a part of
    the function around it.
    """
    functions: list[Function] = []
    classes = 0
    # No recursion, because expressions can be nested deeper than Python's stack.
    # Each node waits with the prefix of names in it and the function around it.
    todo: list[tuple[ast.AST, str, Function | None]] = [(tree, "", None)]
    while todo:
        node, prefix, function = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = {
                "name": prefix + node.name,
                "line": node.lineno,
                "complexity": 1,
            }
            functions.append(function)
            prefix += f"{node.name}."
        elif isinstance(node, ast.ClassDef):
            classes += 1
            function = None
            prefix += f"{node.name}."
        elif function:
            function["complexity"] += branches(node)
        todo += ((child, prefix, function) for child in ast.iter_child_nodes(node))
    return functions, classes


def branches(node: ast.AST) -> int:
    """Count the ways that part at a node."""
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return isinstance(node, BRANCHES)
