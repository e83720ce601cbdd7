"""Dicts that can be elements of a set, or keys."""

from typing import Any, Dict, NoReturn


class FrozenDict(Dict[Any, Any]):
    """A dict that is hashable, and so cannot be changed."""

    def __hash__(self) -> int:  # type: ignore[override]
        # Values without a hash are left to the comparison.
        items = ((key, x if _has_hash(x) else None) for key, x in self.items())
        return hash(frozenset(items))

    def __reduce__(self) -> Any:
        return FrozenDict, (dict(self),)

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a FrozenDict cannot be changed")

    __setitem__ = __delitem__ = __ior__ = _refuse  # type: ignore[assignment]
    clear = pop = popitem = setdefault = update = _refuse  # type: ignore[assignment]


def _has_hash(x: Any) -> bool:
    try:
        hash(x)
    except TypeError:
        return False
    return True


def with_hash(x: Any) -> Any:
    """Returns `x` with dicts, including those in tuples, replaced by hashable ones."""
    if type(x) is dict:
        return FrozenDict(x)
    if type(x) is tuple:
        return tuple(map(with_hash, x))
    if isinstance(x, tuple) and hasattr(x, "_make"):
        return x._make(map(with_hash, x))
    return x
