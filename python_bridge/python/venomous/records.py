"""Makes of dicts what the annotations of a function ask for.

The bridge asks `plan_of` once for each function. Parameters whose annotations name
no record, no Enum and no tensor stay as they are. Within a record all is checked.
"""

import sys
import typing
from types import CodeType, FunctionType, NoneType, UnionType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from venomous._bridge import Undecodable

Convert = Callable[[Any], Any]
"""Returns what an annotation asks for. Raises Misfit, or what a constructor does."""

Plan = Callable[[List[Any], Dict[str, Any]], None]
"""Converts arguments in place, those by position and those by keyword."""

_SHOWN = 60
"""How many characters of a value an error shows."""

_LISTS = ("list", "deque", "Sequence", "MutableSequence", "Iterable", "Collection")
_SETS = ("set", "frozenset", "Set", "MutableSet")
_DICTS = ("dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict")


class Misfit(Exception):
    """A value is not what was asked for. The path to it grows on the way out."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.path: List[str] = []

    def under(self, step: str) -> "Misfit":
        """Adds to the front of the path."""
        self.path.insert(0, step)
        return self

    def __str__(self) -> str:
        return f"{''.join(self.path)}: {self.text}"


def mismatch(expected: str, got: Any) -> Misfit:
    return Misfit(f"expected {expected}, got {_name(type(got))}")


class Field(NamedTuple):
    """One entry of the dict that becomes a record."""

    name: str
    hint: Any
    required: bool
    argument: str
    """What the constructor calls it."""


# -- functions -------------------------------------------------------------------------


def plan_of(func: FunctionType, bound: bool) -> Optional[Plan]:
    """Returns how to convert arguments of `func`, None if there is nothing to do.

    If it is `bound` its first parameter is none of the arguments.
    """
    planner = _Planner()
    try:
        hints = typing.get_type_hints(func, include_extras=True)
        converts = {
            name: planner.convert_of(hint)
            for name, hint in hints.items()
            if name != "return" and planner.is_converted(hint)
        }
    except MemoryError:
        raise
    except Exception:
        return None  # Names that exist for the type checker only, for example.
    return _Arguments(_code_of(func), bound, converts) if converts else None


def _code_of(func: FunctionType) -> CodeType:
    """Returns the code that has the parameters which the annotations are about."""
    while isinstance(wrapped := getattr(func, "__wrapped__", None), FunctionType):
        func = wrapped
    return func.__code__


class _Arguments:
    """Converts the arguments of one function."""

    def __init__(
        self, code: CodeType, bound: bool, converts: Mapping[str, Convert]
    ) -> None:
        named = code.co_argcount + code.co_kwonlyargcount
        rest = iter(code.co_varnames[named:])
        self._names = code.co_varnames[int(bound) : code.co_argcount]
        self._known = frozenset(code.co_varnames[code.co_posonlyargcount : named])
        self._converts = converts
        self._more = next(rest) if code.co_flags & 0x04 else ""
        self._more_by_name = next(rest) if code.co_flags & 0x08 else ""

    def __call__(self, args: List[Any], kwargs: Dict[str, Any]) -> None:
        try:
            for i, (name, arg) in enumerate(zip(self._names, args)):
                if convert := self._converts.get(name):
                    args[i] = _at(name, convert, arg)
            if convert := self._converts.get(self._more):
                for i in range(len(self._names), len(args)):
                    place = f"{self._more}[{i - len(self._names)}]"
                    args[i] = _at(place, convert, args[i])
            for name, arg in kwargs.items():
                key = name if name in self._known else self._more_by_name
                if convert := self._converts.get(key):
                    kwargs[name] = _at(name, convert, arg)
        except Misfit as error:
            raise Undecodable(str(error)) from None


def _at(place: str, convert: Convert, x: Any) -> Any:
    try:
        return convert(x)
    except Misfit as error:
        raise error.under(place)


# -- annotations -----------------------------------------------------------------------


class _Planner:
    """Makes functions that convert of annotations, one for each record."""

    def __init__(self) -> None:
        self._records: Dict[Any, Convert] = {}

    def is_converted(self, hint: Any) -> bool:
        """Returns whether `hint` has what no argument is by itself."""
        hint = _bare(hint)
        if typing.get_origin(hint) is typing.Literal:
            return False
        return (
            _fields_of(_class_of(hint)) is not None
            or _is_pydantic(hint)
            or _is_enum(hint)
            or _is_tensor(hint)
            or any(map(self.is_converted, _parts_of(hint)))
        )

    def convert_of(self, hint: Any) -> Convert:
        hint = _bare(hint)
        origin, parts = typing.get_origin(hint), typing.get_args(hint)
        if hint is None or hint is NoneType:
            return _convert_none
        if hint in _SCALARS:
            return _SCALARS[hint]
        if origin is typing.Union or origin is UnionType:
            return self._union(parts)
        if origin is typing.Literal:
            return _literal(parts)
        if _is_pydantic(hint):
            return _pydantic(hint)
        if _is_enum(hint):
            return _enum(hint)
        if _is_tensor(hint):
            return _tensor(hint)
        if _fields_of(_class_of(hint)) is not None:
            return self._record(_class_of(hint))
        if hint is typing.Tuple:
            return _sequence(tuple, lambda x: x)
        return self._container(origin, parts) or _instance(_class_of(hint))

    def _record(self, cls: Any) -> Convert:
        if cls not in self._records:
            # A record may contain itself.
            self._records[cls] = lambda x: self._records[cls](x)
            self._records[cls] = _Record(cls, self).convert
        return self._records[cls]

    def _union(self, parts: Tuple[Any, ...]) -> Convert:
        converts = {_bare(part): self.convert_of(part) for part in parts}
        real = [part for part in converts if part is not NoneType]
        name = " or ".join(_name(part) for part in parts)

        def convert(x: Any) -> Any:
            if x is None and NoneType in converts:
                return None
            # An int never becomes a float where there is an alternative for int.
            if convert_it := converts.get(type(x)):
                return convert_it(x)
            if len(real) == 1:
                return converts[real[0]](x)
            for part in real:
                try:
                    return converts[part](x)
                except Misfit:
                    pass
            raise mismatch(name, x)

        return convert

    def _container(self, origin: Any, parts: Tuple[Any, ...]) -> Optional[Convert]:
        name = getattr(origin, "__name__", "") if parts else ""
        if origin is tuple:
            if len(parts) == 2 and parts[1] is Ellipsis:
                return _sequence(tuple, self.convert_of(parts[0]))
            return _tuple([self.convert_of(part) for part in parts if part != ()])
        if name in _LISTS:
            cls = origin if name == "deque" else list
            return _sequence(cls, self.convert_of(parts[0]))
        if name in _SETS:
            cls = frozenset if name == "frozenset" else set
            return _sequence(cls, self.convert_of(parts[0]))
        if name in _DICTS:
            return _dict(self.convert_of(parts[0]), self.convert_of(parts[1]))
        return None


def _bare(hint: Any) -> Any:
    """Takes off what says nothing of the value."""
    while True:
        if isinstance(hint, typing.NewType):
            hint = hint.__supertype__
        elif typing.get_origin(hint) is typing.Annotated:
            hint = hint.__origin__
        elif getattr(typing.get_origin(hint), "_name", "") in _QUALIFIERS:
            hint = typing.get_args(hint)[0]
        else:
            return hint


_QUALIFIERS = ("Final", "ClassVar", "Required", "NotRequired", "ReadOnly")


def _parts_of(hint: Any) -> Tuple[Any, ...]:
    """Returns what is in a container or union."""
    return tuple(x for x in typing.get_args(hint) if not isinstance(x, list))


def _class_of(hint: Any) -> Any:
    return typing.get_origin(hint) or hint


def _name(hint: Any) -> str:
    """Returns how Python spells a type, without its module."""
    if hint is None or hint is NoneType:
        return "None"
    return str(getattr(hint, "__qualname__", hint)).rpartition(".<locals>.")[2]


def _shown(x: Any) -> str:
    try:
        text = repr(x)
    except Exception:
        text = f"<{_name(type(x))}>"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


# -- scalars ---------------------------------------------------------------------------


def _convert_any(x: Any) -> Any:
    return x


def _convert_none(x: Any) -> None:
    if x is not None:
        raise mismatch("None", x)


def _convert_float(x: Any) -> float:
    if isinstance(x, float):
        return x
    if not isinstance(x, int) or isinstance(x, bool):
        raise mismatch("float", x)
    try:
        result = float(x)
    except OverflowError:
        result = 0.0
    if result != x:
        raise Misfit(f"expected float, got int {_shown(x)}, which no float is equal to")
    return result


def _convert_int(x: Any) -> int:
    if not isinstance(x, int) or isinstance(x, bool):
        raise mismatch("int", x)
    return x


def _instance(cls: Any) -> Convert:
    """Of classes that mean nothing here values pass that are theirs."""
    try:
        isinstance(None, cls)
    except TypeError:
        return _convert_any
    name = _name(cls)

    def convert(x: Any) -> Any:
        if not isinstance(x, cls):
            raise mismatch(name, x)
        return x

    return convert


_SCALARS: Dict[Any, Convert] = {
    Any: _convert_any,
    object: _convert_any,
    int: _convert_int,
    float: _convert_float,
    **{cls: _instance(cls) for cls in (bool, str, bytes)},
}


def _literal(options: Tuple[Any, ...]) -> Convert:
    name = " or ".join(map(repr, options))

    def convert(x: Any) -> Any:
        for option in options:
            if type(option) is type(x) and option == x:
                return x
            value = option.value if _is_enum(type(option)) else option
            if type(value) is type(x) and value == x:
                return option
        raise Misfit(f"expected {name}, got {_shown(x)}")

    return convert


def _is_enum(hint: Any) -> bool:
    enum = sys.modules.get("enum")
    return enum is not None and isinstance(hint, enum.EnumMeta)


def _enum(cls: Any) -> Convert:
    def convert(x: Any) -> Any:
        if isinstance(x, cls):
            return x
        try:
            found = cls(x)
        except (ValueError, TypeError):
            raise Misfit(f"expected {_name(cls)}, got {_shown(x)}") from None
        if found.value == x and type(found.value) is not type(x):
            raise Misfit(f"expected {_name(cls)}, got {_shown(x)}")
        return found

    return convert


def _is_tensor(hint: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and hint is getattr(torch, "Tensor", None)


def _tensor(cls: Any) -> Convert:
    from_dlpack = sys.modules["torch"].from_dlpack

    def convert(x: Any) -> Any:
        if isinstance(x, cls):
            return x
        if not hasattr(x, "__dlpack__"):
            raise mismatch("Tensor", x)
        try:
            return from_dlpack(x)
        except BufferError:  # It is not to be written to.
            return from_dlpack(x.copy())

    return convert


# -- containers ------------------------------------------------------------------------


def _elements(convert: Convert, xs: Any) -> List[Any]:
    result: List[Any] = []
    try:
        for x in xs:
            result.append(convert(x))
    except Misfit as error:
        raise error.under(f"[{len(result)}]")
    return result


def _sequence(cls: Any, convert: Convert) -> Convert:
    name = _name(cls)
    taken = (list, tuple) if cls in (list, tuple) else (list, tuple, cls)
    if cls is set:
        taken = (*taken, frozenset)

    def convert_all(xs: Any) -> Any:
        if not isinstance(xs, taken):
            raise mismatch(name, xs)
        result = _elements(convert, xs)
        try:
            return result if cls is list else cls(result)
        except TypeError as error:
            raise Misfit(f"expected {name}, but {error}") from None

    return convert_all


def _tuple(converts: List[Convert]) -> Convert:
    size = len(converts)

    def convert_all(xs: Any) -> Any:
        if not isinstance(xs, (list, tuple)):
            raise mismatch("tuple", xs)
        if len(xs) != size:
            got = f"{_name(type(xs))} of {len(xs)}"
            raise Misfit(f"expected tuple of {size}, got {got}")
        pairs = enumerate(zip(converts, xs))
        return tuple(_at(f"[{i}]", convert, x) for i, (convert, x) in pairs)

    return convert_all


def _dict(convert_key: Convert, convert: Convert) -> Convert:
    def convert_all(xs: Any) -> Any:
        if not isinstance(xs, dict):
            raise mismatch("dict", xs)
        result = {}
        for key, x in xs.items():
            try:
                result[convert_key(key)] = convert(x)
            except Misfit as error:
                raise error.under(f"[{_shown(key)}]")
        return result

    return convert_all


# -- records ---------------------------------------------------------------------------


def _fields_of(cls: Any) -> Optional[List[Field]]:
    """Returns what a record is made of, None if `cls` is none.

    Raises what the evaluation of annotations does.
    """
    if not isinstance(cls, type):
        return None
    if hasattr(cls, "__attrs_attrs__"):
        return _fields_of_attrs(cls)
    if hasattr(cls, "__dataclass_fields__") and not _is_pydantic(cls):
        return _fields_of_dataclass(cls)
    if typing.is_typeddict(cls):
        return _fields_of_typed_dict(cls)
    if issubclass(cls, tuple) and hasattr(cls, "_field_defaults"):
        return _fields_of_named_tuple(cls)
    return None


def _fields_of_dataclass(cls: Any) -> List[Field]:
    dataclasses = sys.modules["dataclasses"]
    hints = typing.get_type_hints(cls, include_extras=True)
    missing = dataclasses.MISSING
    return [
        Field(
            x.name,
            hints.get(x.name, Any),
            x.default is missing and x.default_factory is missing,
            x.name,
        )
        for x in dataclasses.fields(cls)
        if x.init
    ]


def _fields_of_attrs(cls: Any) -> List[Field]:
    nothing = sys.modules["attr"].NOTHING
    hints = typing.get_type_hints(cls, include_extras=True)
    return [
        Field(
            x.name,
            hints.get(x.name, Any),
            x.default is nothing,
            getattr(x, "alias", None) or x.name.lstrip("_"),
        )
        for x in getattr(cls, "__attrs_attrs__")
        if x.init
    ]


def _is_required(cls: Any, name: str, hint: Any) -> bool:
    """Returns whether `name` has to be there.

    `__required_keys__` does not know if the annotations are strings.
    """
    while (origin := typing.get_origin(hint)) is not None:
        kind = getattr(origin, "_name", "")
        if kind in ("Required", "NotRequired"):
            return bool(kind == "Required")
        if origin is not typing.Annotated:
            break
        hint = hint.__origin__
    return name in cls.__required_keys__


def _fields_of_typed_dict(cls: Any) -> List[Field]:
    return [
        Field(name, hint, _is_required(cls, name, hint), name)
        for name, hint in typing.get_type_hints(cls, include_extras=True).items()
    ]


def _fields_of_named_tuple(cls: Any) -> List[Field]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return [
        Field(name, hints.get(name, Any), name not in cls._field_defaults, name)
        for name in cls._fields
    ]


class _Record:
    """Makes dicts records of one class."""

    def __init__(self, cls: Any, planner: _Planner) -> None:
        self._class = cls
        self._is_dict = typing.is_typeddict(cls)
        self._fields = {x.name: x for x in _fields_of(cls) or ()}
        self._converts = {
            x.name: planner.convert_of(x.hint) for x in self._fields.values()
        }
        self.convert = self._compile()

    def _convert_any(self, x: Any) -> Any:
        """Converts what is no dict of all fields."""
        if not self._is_dict and isinstance(x, self._class):
            return x
        if type(x) is not dict:
            raise mismatch(_name(self._class), x)
        for name in x:
            if name not in self._fields:
                shown = name[:_SHOWN] if isinstance(name, str) else _shown(name)
                raise Misfit(f'unknown field "{shown}"')
        for field in self._fields.values():
            if field.required and field.name not in x:
                raise Misfit(f'missing field "{field.name}"')
        return self._class(
            **{
                self._fields[name].argument: _at(f".{name}", self._converts[name], y)
                for name, y in x.items()
            }
        )

    def _compile(self) -> Convert:
        """Returns a function that does the same, but is fast if all fields are there.

        It has a line for each field, because to look each time what there is to do
        would take longer than to do it.
        """
        space: Dict[str, Any] = {"other": self._convert_any, "make": self._class}
        space["at"] = _at
        takes, checks, arguments = [], [], []
        for i, field in enumerate(self._fields.values()):
            space[f"convert{i}"] = self._converts[field.name]
            takes.append(f"        x{i} = x[{field.name!r}]")
            check = f"x{i} = at({'.' + field.name!r}, convert{i}, x{i})"
            bare = _bare(field.hint)
            if bare in _SCALARS and bare not in (Any, object):
                check = f"if x{i}.__class__ is not {bare.__name__}: {check}"
            checks.append(f"    {check}")
            key = f"{field.name!r}: " if self._is_dict else f"{field.argument}="
            arguments.append(f"{key}x{i}")
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
            f"    return {{{made}}}" if self._is_dict else f"    return make({made})",
        ]
        exec("\n".join(lines), space)
        result: Convert = space["convert"]
        return result


# -- pydantic --------------------------------------------------------------------------


def _is_pydantic(hint: Any) -> bool:
    pydantic = sys.modules.get("pydantic")
    cls = getattr(pydantic, "BaseModel", None)
    return cls is not None and isinstance(hint, type) and issubclass(hint, cls)


def _pydantic(cls: Any) -> Convert:
    """Lets pydantic check and convert, as the model has it."""
    validate = getattr(cls, "model_validate", None) or cls.parse_obj
    error_class = sys.modules["pydantic"].ValidationError

    def convert(x: Any) -> Any:
        if isinstance(x, cls):
            return x
        if not isinstance(x, dict):
            raise mismatch(_name(cls), x)
        try:
            return validate(x)
        except error_class as error:
            first = error.errors()[0]
            misfit = Misfit(first["msg"])
            for step in reversed(first["loc"]):
                misfit.under(f"[{step}]" if isinstance(step, int) else f".{step}")
            raise misfit from None

    return convert


# -- the way back ----------------------------------------------------------------------


def names_of(cls: type) -> Optional[Tuple[str, ...]]:
    """Returns the fields of a dataclass, attrs class or pydantic model.

    None if it is none of them.
    """
    if hasattr(cls, "__attrs_attrs__"):
        return tuple(x.name for x in getattr(cls, "__attrs_attrs__"))
    if _is_pydantic(cls):
        return tuple(getattr(cls, "model_fields", None) or getattr(cls, "__fields__"))
    if hasattr(cls, "__dataclass_fields__"):
        fields = sys.modules["dataclasses"].fields(cls)
        return tuple(sys.intern(x.name) for x in fields)
    return None
