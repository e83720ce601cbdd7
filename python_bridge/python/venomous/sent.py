"""The dict that objects of a class become on their way to C++."""

import operator
import sys
from typing import Any, Callable, Dict, FrozenSet, NamedTuple, Optional, Tuple

from venomous.models import is_model, model_of
from venomous.record_classes import fields_of, is_record


class Sent(NamedTuple):
    names: Tuple[str, ...] = ()
    """The attributes that are sent."""

    more: Optional[Callable[[Any], Dict[str, Any]]] = None
    """Returns the entries in addition to these attributes."""

    instead: Optional[Callable[[Any], Any]] = None
    """Returns a value to send in place of an object."""


def sent_of(cls: type) -> Optional[Sent]:
    """Returns how a record is sent, None if `cls` is not a record."""
    if is_model(cls):
        return _sent_of_model(cls)
    if not is_record(cls):
        return None
    return Sent(tuple(sys.intern(x.name) for x in fields_of(cls) if x.sent))


def _sent_of_model(cls: Any) -> Sent:
    model = model_of(cls)
    if dump := _own_dump_of(cls):
        return Sent(instead=dump)
    if model.is_root:
        return Sent(instead=operator.attrgetter(*model.hints))
    names = tuple(map(sys.intern, model.sent))
    if not model.is_open:
        return Sent(names)
    return Sent(names, _more_of(cls, frozenset((*names, *model.hints))))


def _own_dump_of(cls: Any) -> Optional[Callable[[Any], Any]]:
    """Returns how a model serializes itself, None if it leaves that to the bridge."""
    decorators = getattr(cls, "__pydantic_decorators__", None)
    serializers = getattr(decorators, "model_serializers", {}).values()
    if all(x.info.when_used.startswith("json") for x in serializers):
        return None
    if hasattr(cls, "model_dump"):
        return operator.methodcaller("model_dump")
    adapter = sys.modules["pydantic"].TypeAdapter(cls)
    return adapter.dump_python  # type: ignore[no-any-return]


def _more_of(cls: Any, known: FrozenSet[str]) -> Callable[[Any], Dict[str, Any]]:
    attribute = (
        "__pydantic_extra__" if hasattr(cls, "__pydantic_extra__") else "__dict__"
    )

    def more(x: Any) -> Dict[str, Any]:
        found = getattr(x, attribute) or {}
        return {name: y for name, y in found.items() if name not in known}

    return more
