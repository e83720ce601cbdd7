"""Dicts that can be in a set, or be a key."""

from typing import Any, Dict, NoReturn


class FrozenDict(Dict[Any, Any]):
    """A dict that has a hash, and so cannot be changed."""

    def __hash__(self) -> int:  # type: ignore[override]
        # Values that have none are left to the comparison.
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
    """Returns `x` with dicts, also in tuples, replaced by those that have a hash."""
    if type(x) is dict:
        return FrozenDict(x)
    if type(x) is tuple:
        return tuple(map(with_hash, x))
    if isinstance(x, tuple) and hasattr(x, "_make"):
        return x._make(map(with_hash, x))
    return x
