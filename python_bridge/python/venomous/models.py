"""What the bridge knows about pydantic: models, 1.x and 2.x, and dataclasses, 2.x."""

import sys
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Set, Tuple

from venomous.record_classes import fields_of

Path = Sequence[Any]
"""The keys that lead into nested dicts."""


class Model(NamedTuple):
    hints: Dict[str, Any]
    """The hints of its fields, by name."""

    required: Set[str]

    aliases: Dict[str, List[Path]]
    """For fields that pydantic does not accept by name."""

    later: Set[str]
    """Fields that the constructor does not take."""

    sent: Tuple[str, ...]
    """The attributes that model_dump() shows, by name."""

    computed: Set[str]
    """Those of them that are not fields."""

    is_open: bool
    """Whether objects may have further ones."""

    is_root: bool
    """Whether the model stands for the value within it."""


def is_model(cls: Any) -> bool:
    return isinstance(cls, type) and (
        _is_dataclass(cls)
        or any(issubclass(cls, x) for x in _from_pydantic("BaseModel"))
    )


def validation_errors() -> Tuple[Any, ...]:
    """Returns the exceptions that say what does not fit."""
    return _from_pydantic("ValidationError")


def _from_pydantic(name: str) -> Tuple[Any, ...]:
    """Returns everything of that `name`, in 2.x including the one for users of 1.x."""
    modules = (sys.modules.get(x) for x in ("pydantic", "pydantic.v1"))
    return tuple(getattr(x, name) for x in modules if hasattr(x, name))


def _is_dataclass(cls: Any) -> bool:
    return "__pydantic_validator__" in vars(cls) and hasattr(
        cls, "__dataclass_fields__"
    )


def model_of(cls: Any) -> Model:
    if not hasattr(cls, "__pydantic_validator__"):
        return _model_of_first(cls)
    return _model_of_dataclass(cls) if _is_dataclass(cls) else _model_of_second(cls)


def validate_of(cls: Any) -> Callable[[Any], Any]:
    """Returns the function that checks and converts values as the model does."""
    if not hasattr(cls, "__pydantic_validator__"):
        return cls.parse_obj  # type: ignore[no-any-return]
    if not _is_dataclass(cls):
        return cls.model_validate  # type: ignore[no-any-return]
    adapter = sys.modules["pydantic"].TypeAdapter(cls)
    return adapter.validate_python  # type: ignore[no-any-return]


# -- 2.x -------------------------------------------------------------------------------


def _model_of_second(cls: Any) -> Model:
    if not cls.__pydantic_complete__:
        cls.model_rebuild(raise_errors=False)
    fields, config = cls.model_fields, cls.model_config
    hidden = _hidden_of(fields)
    computed = cls.__pydantic_decorators__.computed_fields
    return Model(
        hints={name: x.annotation for name, x in fields.items()},
        required={name for name, x in fields.items() if x.is_required()},
        aliases=_aliases_of(fields, config),
        later=set(),
        sent=(*(name for name in fields if name not in hidden), *computed),
        computed=set(computed),
        is_open=config.get("extra") == "allow",
        is_root=bool(getattr(cls, "__pydantic_root_model__", False)),
    )


def _model_of_dataclass(cls: Any) -> Model:
    all_fields = fields_of(cls)
    later = {x.name for x in all_fields if x.argument is None}
    known = cls.__pydantic_fields__
    fields = {name: x for name, x in known.items() if name not in later}
    hidden = _hidden_of(fields)
    computed = cls.__pydantic_decorators__.computed_fields
    names = (x.name for x in all_fields if x.sent and x.name not in hidden)
    return Model(
        hints={name: x.annotation for name, x in fields.items()},
        required={name for name, x in fields.items() if x.is_required()},
        aliases=_aliases_of(fields, getattr(cls, "__pydantic_config__", {})),
        later=later,
        sent=(*names, *computed),
        computed=set(computed),
        is_open=False,
        is_root=False,
    )


def _hidden_of(fields: Dict[str, Any]) -> Set[str]:
    """Returns the fields that model_dump() omits, except those that must come back."""
    return {
        name for name, x in fields.items() if x.exclude is True and not x.is_required()
    }


def _aliases_of(
    fields: Dict[str, Any], config: Dict[str, Any]
) -> Dict[str, List[Path]]:
    if (
        config.get("populate_by_name")
        or config.get("validate_by_name")
        or config.get("validate_by_alias") is False
    ):
        return {}
    aliases = {name: x.validation_alias or x.alias for name, x in fields.items()}
    return {
        name: [_path_of(x) for x in getattr(alias, "choices", [alias])]
        for name, alias in aliases.items()
        if alias not in (None, name)
    }


def _path_of(alias: Any) -> Path:
    return getattr(alias, "path", None) or [alias]


# -- 1.x -------------------------------------------------------------------------------


def _model_of_first(cls: Any) -> Model:
    fields, config = cls.__fields__, cls.__config__
    hidden = {
        name
        for name, excluded in (cls.__exclude_fields__ or {}).items()
        if excluded in (True, ...) and not fields[name].required
    }
    return Model(
        hints={name: x.outer_type_ for name, x in fields.items()},
        required={name for name, x in fields.items() if x.required},
        aliases={
            name: [[x.alias]]
            for name, x in fields.items()
            if x.alias != name and not config.allow_population_by_field_name
        },
        later=set(),
        sent=tuple(name for name in fields if name not in hidden),
        computed=set(),
        is_open=config.extra == "allow",
        is_root="__root__" in fields,
    )
