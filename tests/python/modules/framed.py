"""Functions of frames."""

import datetime
import importlib
from typing import Any, Dict, Optional


def define(library: str, annotation: str) -> None:
    """Gives each function here a parameter of the type that `annotation` names."""
    names = {library: importlib.import_module(library), "Optional": Optional}
    hint = eval(annotation, names)
    for name in ("shown", "given", "is_shared"):
        original = globals()["_" + name]

        def func(x: Any, original: Any = original) -> Any:
            return original(x)

        func.__annotations__["x"] = hint
        globals()[name] = func


def evaluate(library: str, code: str) -> Any:
    """Returns a frame, for example."""
    names = {library: importlib.import_module(library), "datetime": datetime}
    return eval(code, names)


def _shown(x: Any) -> str:
    return f"{type(x).__name__} {_types(x)} {_values(x)}"


def _given(x: Any) -> Any:
    return x


def _is_shared(x: Any) -> Dict[str, bool]:
    """Returns whether columns lie in the memory that the arguments came in."""
    names = x.column_names if hasattr(x, "column_names") else x.columns
    return {str(name): _lies_in_block(x[name].to_numpy()) for name in names}


def _lies_in_block(array: Any) -> bool:
    while (base := getattr(array, "base", None)) is not None:
        array = base
    return type(array).__name__ == "Block"


def _types(x: Any) -> Any:
    if hasattr(x, "schema") and hasattr(x.schema, "types"):  # pyarrow
        return [str(kind) for kind in x.schema.types]
    if hasattr(x, "columns"):
        return [str(kind) for kind in x.dtypes]
    return str(getattr(x, "dtype", getattr(x, "type", "")))


def _values(x: Any) -> Any:
    if hasattr(x, "to_pydict"):
        return x.to_pydict()
    if hasattr(x, "columns"):
        return {name: x[name].to_list() for name in x.columns}
    return x.to_list() if hasattr(x, "to_list") else x.to_pylist()
