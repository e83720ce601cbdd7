"""Classes that are records, their fields, and how dicts become records.

Models of pydantic, which have rules of their own, are in `models`.
"""

import sys
import typing
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from venomous.annotations import (
    Unresolved,
    bare,
    class_of,
    evaluate,
    hints_of_class,
    scope_of_class,
)
from venomous.misfits import SHOWN, Convert, Misfit, at, mismatch, name_of, shown


class Field(NamedTuple):
    """One entry of the dict that becomes a record."""

    name: str
    hint: Any
    required: bool
    argument: Optional[str]
    """Its name in the constructor. None if it is set once the record is made."""

    sent: bool = True
    """Whether a record sends it."""


FieldsOf = Callable[[Any], List[Field]]


def is_record(hint: Any) -> bool:
    return _kind_of(class_of(hint)) is not None


def fields_of(hint: Any) -> List[Field]:
    """Returns the fields of a record, or of an alias of a generic one."""
    kind = _kind_of(class_of(hint))
    assert kind is not None
    return kind(hint)


def _kind_of(cls: Any) -> Optional[FieldsOf]:
    if not isinstance(cls, type):
        return None
    if hasattr(cls, "__attrs_attrs__"):
        return _fields_of_attrs
    if hasattr(cls, "__dataclass_fields__"):
        return _fields_of_dataclass
    if is_typed_dict(cls):
        return _fields_of_typed_dict
    if is_named_tuple(cls):
        return _fields_of_named_tuple
    if hasattr(cls, "__struct_fields__") and "msgspec" in sys.modules:
        return _fields_of_struct
    return None


# -- their fields ----------------------------------------------------------------------


def _fields_of_dataclass(hint: Any) -> List[Field]:
    hints = hints_of_class(hint)
    missing = sys.modules["dataclasses"].MISSING
    fields = []
    for x in class_of(hint).__dataclass_fields__.values():
        kind = x._field_type.name
        if kind == "_FIELD_CLASSVAR":
            continue
        required = x.default is missing and x.default_factory is missing
        field = Field(x.name, hints.get(x.name, Any), required and x.init, None)
        if x.init:
            field = field._replace(argument=x.name)
        fields.append(field._replace(sent=kind != "_FIELD_INITVAR"))
    return fields


def _fields_of_attrs(hint: Any) -> List[Field]:
    cls, hints = class_of(hint), hints_of_class(hint)
    nothing = sys.modules["attr"].NOTHING
    fields = []
    for x in getattr(cls, "__attrs_attrs__"):
        if x.name not in hints and x.type is not None:
            hints[x.name] = evaluate(x.type, scope_of_class(cls), x.name)
        field = Field(
            x.name, hints.get(x.name, Any), x.init and x.default is nothing, None
        )
        if x.init:
            alias = getattr(x, "alias", None) or x.name.lstrip("_")
            field = field._replace(argument=alias)
        fields.append(field)
    return fields


def is_typed_dict(cls: Any) -> bool:
    """Returns whether `cls` is a TypedDict, of `typing` or `typing_extensions`."""
    return (
        isinstance(cls, type)
        and dict in cls.__bases__
        and hasattr(cls, "__required_keys__")
    )


def _is_required(cls: Any, name: str, hint: Any) -> bool:
    """Returns whether `name` must be present.

    `__required_keys__` is wrong if the annotations are strings.
    """
    if isinstance(hint, Unresolved) and "Required[" in hint.text:
        return "NotRequired[" not in hint.text
    while (origin := typing.get_origin(hint)) is not None:
        kind = getattr(origin, "_name", "")
        if kind in ("Required", "NotRequired"):
            return bool(kind == "Required")
        if origin is not typing.Annotated:
            break
        hint = hint.__origin__
    return name in cls.__required_keys__


def _fields_of_typed_dict(hint: Any) -> List[Field]:
    cls = class_of(hint)
    return [
        Field(name, x, _is_required(cls, name, x), name)
        for name, x in hints_of_class(hint).items()
    ]


def is_named_tuple(cls: Any) -> bool:
    return (
        isinstance(cls, type)
        and issubclass(cls, tuple)
        and hasattr(cls, "_field_defaults")
    )


def _fields_of_named_tuple(hint: Any) -> List[Field]:
    cls, hints = class_of(hint), hints_of_class(hint)
    return [
        Field(name, hints.get(name, Any), name not in cls._field_defaults, name)
        for name in cls._fields
    ]


def _fields_of_struct(hint: Any) -> List[Field]:
    """For msgspec. The defaults belong to the last fields."""
    names = class_of(hint).__struct_fields__
    defaults = class_of(hint).__struct_defaults__
    nothing = sys.modules["msgspec"].NODEFAULT
    hints = hints_of_class(hint)
    without = [nothing] * (len(names) - len(defaults))
    return [
        Field(name, hints.get(name, Any), default is nothing, name)
        for name, default in zip(names, [*without, *defaults])
    ]


# -- records ---------------------------------------------------------------------------


class Converters(typing.Protocol):
    """Knows how to convert values to the types that annotations name."""

    def convert_of(self, hint: Any) -> Convert:
        ...

    def is_converted(self, hint: Any) -> bool:
        ...


class Record:
    """Makes records of one class from dicts."""

    def __init__(self, hint: Any, converters: Converters) -> None:
        self._class = class_of(hint)
        self._is_dict = is_typed_dict(self._class)
        self._fields = {x.name: x for x in fields_of(hint)}
        self._converts = {
            x.name: converters.convert_of(x.hint) for x in self._fields.values()
        }
        self._converts_within = {
            name: self._converts[name]
            for name, x in self._fields.items()
            if is_named_tuple(self._class) and converters.is_converted(x.hint)
        }
        fields = list(self._fields.values())
        arguments = [x for x in fields if x.argument is not None]
        self.convert = self._compile(fields, self._convert_any)
        if len(arguments) < len(fields):
            self.convert = self._compile(arguments, self.convert)

    def _convert_any(self, x: Any) -> Any:
        """Converts anything other than a dict of exactly all fields."""
        if not self._is_dict and isinstance(x, self._class):
            return self._convert_within(x) if self._converts_within else x
        if not isinstance(x, dict):
            raise mismatch(name_of(self._class), x)
        for name in x:
            if name not in self._fields:
                key = name[:SHOWN] if isinstance(name, str) else shown(name)
                raise Misfit(f'unknown field "{key}"')
        for field in self._fields.values():
            if field.required and field.name not in x:
                raise Misfit(f'missing field "{field.name}"')
        arguments, later = {}, {}
        for name, y in x.items():
            found = at(f".{name}", self._converts[name], y)
            argument = self._fields[name].argument
            if argument is None:
                later[name] = found
            else:
                arguments[argument] = found
        result = self._class(**arguments)
        for name, y in later.items():
            object.__setattr__(result, name, y)
        return result

    def _convert_within(self, x: Any) -> Any:
        """Converts the elements of a namedtuple that arrived as itself."""
        return x._replace(
            **{
                name: at(f".{name}", convert, getattr(x, name))
                for name, convert in self._converts_within.items()
            }
        )

    def _compile(self, fields: List[Field], other: Convert) -> Convert:
        """Returns a function that is fast for a dict of exactly these fields.

        It calls `other` for everything else.

        It has a line for each field, because deciding each time what to do would take
        longer than doing it.
        """
        space: Dict[str, Any] = {"other": other, "make": self._class, "at": at}
        # Frozen classes refuse plain assignment.
        space["put"] = object.__setattr__
        takes, checks, arguments, puts = [], [], [], []
        for i, field in enumerate(fields):
            space[f"convert{i}"] = self._converts[field.name]
            takes.append(f"        x{i} = x[{field.name!r}]")
            check = f"x{i} = at({'.' + field.name!r}, convert{i}, x{i})"
            hint = bare(field.hint)
            if hint in (int, float, bool, str, bytes):
                check = f"if x{i}.__class__ is not {hint.__name__}: {check}"
            checks.append(f"    {check}")
            if field.argument is None:
                puts.append(f"    put(result, {field.name!r}, x{i})")
            elif self._is_dict:
                arguments.append(f"{field.name!r}: x{i}")
            else:
                arguments.append(f"{field.argument}=x{i}")
        made = ", ".join(arguments)
        lines = [
            "def convert(x):",
            f"    if x.__class__ is not dict or len(x) != {len(takes)}:",
            "        return other(x)",
            "    try:",
            *(takes or ["        pass"]),
            "    except KeyError:",
            "        return other(x)",
            *checks,
            f"    result = {{{made}}}"
            if self._is_dict
            else f"    result = make({made})",
            *puts,
            "    return result",
        ]
        exec("\n".join(lines), space)
        result: Convert = space["convert"]
        return result
