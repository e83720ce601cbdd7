"""Makes pydantic accept what its models send.

Pydantic checks and converts by its own rules. They would refuse or drop parts of what a
model sends: names that have an alias, computed fields, and records within models that
pydantic does not make from dicts. So these are converted before pydantic sees them;
everything else stays as it arrived.
"""

import typing
from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

from venomous.annotations import bare, class_of, is_union, key_of, options_of, parts_of
from venomous.misfits import Convert, Misfit, at, mismatch, name_of, shown
from venomous.models import (
    Model,
    Path,
    is_model,
    model_of,
    validate_of,
    validation_errors,
)
from venomous.record_classes import (
    Converters,
    Field,
    fields_of,
    is_named_tuple,
    is_record,
)

Matches = Callable[[Dict[str, Any]], bool]


class Fitting:
    """Makes functions that convert values to models."""

    def __init__(self, converters: Converters) -> None:
        self._converters = converters
        self._models: Dict[Any, Model] = {}
        self._fields: Dict[Any, List[Field]] = {}
        self._reached: Dict[Any, bool] = {}
        self._fits: Dict[Any, Convert] = {}

    def convert_of(self, cls: Any) -> Convert:
        """Returns a function that makes a model from a dict."""
        validate, errors = validate_of(cls), validation_errors()
        is_root = self._model(cls).is_root
        fit = self._fit_of_model(cls) if self._is_to_be_fit(cls) else None
        puts = self._puts_of(cls)

        def convert(x: Any) -> Any:
            if isinstance(x, cls):
                return x
            if not isinstance(x, dict) and not is_root:
                raise mismatch(name_of(cls), x)
            given = x if fit is None else fit(x)
            later = {name: given.pop(name) for name in puts if name in given}
            try:
                result = validate(given)
            except errors as error:
                raise _misfit_of(error) from None
            for name, y in later.items():
                object.__setattr__(result, name, at(f".{name}", puts[name], y))
            return result

        return convert

    def _puts_of(self, cls: Any) -> Dict[str, Convert]:
        """Returns the fields to set after the object is made."""
        if not self._model(cls).later:
            return {}
        convert_of = self._converters.convert_of
        return {
            x.name: convert_of(x.hint)
            for x in self._fields_of(cls)
            if x.argument is None
        }

    def _model(self, cls: Any) -> Model:
        if cls not in self._models:
            self._models[cls] = model_of(cls)
        return self._models[cls]

    def _fields_of(self, hint: Any) -> List[Field]:
        key = key_of(hint)
        if key not in self._fields:
            self._fields[key] = fields_of(hint)
        return self._fields[key]

    # -- whether there is anything to do -----------------------------------------------

    def _is_to_be_fit(self, hint: Any) -> bool:
        """Returns whether `hint` is, or contains, something that pydantic would not
        accept.
        """
        key = key_of(bare(hint))
        if key not in self._reached:
            seen: Set[Any] = set()
            self._reached[key] = self._is_reached(hint, seen)
            if not self._reached[key]:
                self._reached.update(dict.fromkeys(seen, False))
        return self._reached[key]

    def _is_reached(self, hint: Any, seen: Set[Any]) -> bool:
        hint = bare(hint)
        key = key_of(hint)
        if key in self._reached or key in seen:
            return self._reached.get(key, False)
        seen.add(key)
        cls = class_of(hint)
        if is_model(cls):
            model = self._model(cls)
            if model.aliases or model.computed or model.later:
                return True
            return any(self._is_reached(x, seen) for x in model.hints.values())
        if is_record(cls):
            return self._is_ours(hint) or any(
                self._is_reached(x.hint, seen) for x in self._fields_of(hint)
            )
        return any(self._is_reached(x, seen) for x in parts_of(hint))

    def _is_ours(self, hint: Any) -> bool:
        """Returns whether pydantic does not make `hint` from a dict, or not all of
        it."""
        cls = class_of(hint)
        if is_model(cls):
            return bool(self._model(cls).later)
        return is_record(cls) and (
            hasattr(cls, "__attrs_attrs__")
            or hasattr(cls, "__struct_fields__")
            or any(x.argument is None for x in self._fields_of(hint))
        )

    # -- models and records ------------------------------------------------------------

    def _fit_of(self, hint: Any) -> Optional[Convert]:
        """Returns a function that makes values fit, None if they already do."""
        if not self._is_to_be_fit(hint):
            return None
        hint = bare(hint)
        cls = class_of(hint)
        if self._is_ours(hint):
            convert = self._converters.convert_of(hint)
            return lambda x: convert(x) if isinstance(x, dict) else x
        if is_model(cls):
            return self._fit_of_model(cls)
        if is_record(cls):
            return self._fit_of_record(hint)
        return self._fit_of_union(hint) if is_union(hint) else self._fit_of_parts(hint)

    def _fit_of_model(self, cls: Any) -> Convert:
        if cls not in self._fits:
            # A model may contain itself.
            self._fits[cls] = lambda x: self._fits[cls](x)
            self._fits[cls] = self._new_fit_of_model(cls)
        return self._fits[cls]

    def _new_fit_of_model(self, cls: Any) -> Convert:
        model = self._model(cls)
        fits = {name: self._fit_of(hint) for name, hint in model.hints.items()}
        if model.is_root:
            return next(iter(fits.values())) or (lambda x: x)
        by_key = {
            key: fit
            for name, fit in fits.items()
            if fit is not None
            for key in (name, *_keys_in(model.aliases.get(name, ())))
        }

        def fit_dict(x: Any) -> Any:
            if not isinstance(x, dict):
                return x
            result = {
                key: at(f".{key}", by_key[key], y) if key in by_key else y
                for key, y in x.items()
            }
            _rename(model, result)
            return result

        return fit_dict

    def _fit_of_record(self, hint: Any) -> Convert:
        fits = {x.name: self._fit_of(x.hint) for x in self._fields_of(hint)}

        def fit_fields(x: Dict[str, Any]) -> Dict[str, Any]:
            return {
                name: at(f".{name}", fit, x[name])
                for name, fit in fits.items()
                if fit is not None and name in x
            }

        def fit_record(x: Any) -> Any:
            if isinstance(x, dict):
                return {**x, **fit_fields(x)}
            if is_named_tuple(type(x)):
                return x._replace(**fit_fields(x._asdict()))
            return x

        return fit_record

    # -- containers --------------------------------------------------------------------

    def _fit_of_union(self, hint: Any) -> Convert:
        """Of several records, the first one with matching fields counts."""
        records, others = [], []
        for option in options_of(hint):
            fit = self._fit_of(option)
            if matches := self._matcher_of(bare(option)):
                records.append((class_of(bare(option)), matches, fit))
            elif fit is not None:
                others.append(fit)

        def fit_option(x: Any) -> Any:
            for cls, matches, fit in records:
                if matches(x) if isinstance(x, dict) else cls in type(x).__mro__:
                    return x if fit is None else fit(x)
            for fit in others:
                x = fit(x)
            return x

        return fit_option

    def _matcher_of(self, hint: Any) -> Optional[Matches]:
        """Returns a function that tells whether a dict has the fields of a record.

        None if `hint` is not a record.
        """
        cls = class_of(hint)
        if is_model(cls) and not self._model(cls).is_root:
            model = self._model(cls)
            hints, required, aliases = model.hints, model.required, model.aliases
            known = {*hints, *model.computed, *model.later}
            is_open = model.is_open
        elif not is_model(cls) and is_record(cls):
            fields = self._fields_of(hint)
            hints = {x.name: x.hint for x in fields}
            required, aliases = {x.name for x in fields if x.required}, {}
            known, is_open = set(hints), False
        else:
            return None
        keys = {name: {name, *(x[0] for x in aliases.get(name, ()))} for name in hints}
        known.update(*keys.values())
        literals = {
            name: typing.get_args(bare(x))
            for name, x in hints.items()
            if typing.get_origin(bare(x)) is typing.Literal
        }

        def matches(x: Dict[str, Any]) -> bool:
            return (
                (is_open or known.issuperset(x))
                and all(not keys[name].isdisjoint(x) for name in required)
                and all(
                    _is_one_of(options, x[name])
                    for name, options in literals.items()
                    if name in x
                )
            )

        return matches

    def _fit_of_parts(self, hint: Any) -> Convert:
        """A set becomes a list: fitted elements are not hashable. Keys stay as they
        are."""
        parts = [x for x in typing.get_args(hint) if x is not Ellipsis]
        fits = [self._fit_of(x) or (lambda x: x) for x in parts]
        is_fixed = typing.get_origin(hint) is tuple and len(parts) == len(
            typing.get_args(hint)
        )

        def fit_all(x: Any) -> Any:
            if isinstance(x, dict):
                return {key: at(f"[{shown(key)}]", fits[-1], y) for key, y in x.items()}
            if type(x) in (set, frozenset):
                return [fits[-1](y) for y in x]
            if type(x) not in (list, tuple):
                return x
            chosen = fits if is_fixed and len(x) == len(fits) else fits[-1:] * len(x)
            pairs = enumerate(zip(chosen, x))
            return type(x)([at(f"[{i}]", fit, y) for i, (fit, y) in pairs])

        return fit_all


def _rename(model: Model, x: Dict[str, Any]) -> None:
    """Turns what a model sends into what it accepts."""
    is_sent = all(name in x for name in model.sent)
    known = {path[0] for paths in model.aliases.values() for path in paths}
    for name in model.computed:
        if is_sent or name not in known:
            x.pop(name, None)
    # All at once: an alias may be the name of another field.
    named = {
        name: paths[0]
        for name, paths in model.aliases.items()
        if name in x and (is_sent or not any(path[0] in x for path in paths))
    }
    values = [(path, x.pop(name)) for name, path in named.items()]
    for path, y in values:
        _put(x, path, y)


def _keys_in(paths: Sequence[Path]) -> List[Any]:
    return [path[0] for path in paths if len(path) == 1]


def _put(into: Any, path: Path, x: Any) -> None:
    """Puts `x` in the place of an alias, unless that is taken: then it was sent twice.
    """
    for key in path[:-1]:
        into = into.setdefault(key, {})
        if not isinstance(into, dict):
            return
    into[path[-1]] = x


def _is_one_of(options: Tuple[Any, ...], x: Any) -> bool:
    values = (*options, *(getattr(option, "value", option) for option in options))
    return any(type(y) is type(x) and y == x for y in values)


def _misfit_of(error: Any) -> Misfit:
    first: Dict[str, Any] = error.errors()[0]
    misfit = Misfit(first["msg"])
    steps: List[Any] = list(first["loc"])
    for step in reversed(steps):
        misfit.under(f"[{step}]" if isinstance(step, int) else f".{step}")
    return misfit
