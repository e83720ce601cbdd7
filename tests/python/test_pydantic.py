"""Models of pydantic: what they send, and what they take."""

from typing import Any, Dict, List, Tuple

import pytest
from conftest import Snake
from taking import assert_taken

LINE = "Line(Price=1.5, count=2)"
SENT: Dict[str, Any] = {"price": 1.5, "count": 2, "total": 3.0}


@pytest.fixture
def first(snake: Snake) -> Snake:
    """A snake with pydantic 1, or what 2 has of it."""
    pytest.importorskip("pydantic")
    return snake


@pytest.fixture
def second(snake: Snake) -> Snake:
    """A snake with pydantic 2."""
    pytest.importorskip("pydantic", minversion="2")
    return snake


# -- both ------------------------------------------------------------------------------


def test_a_model_checks_for_itself(first: Snake) -> None:
    line = {"price": 1.5}
    assert first.call("models", "total", {"lines": [line, line]}) == 3.0
    assert first.call("models", "give", {"lines": [line]}) == {"lines": [line]}
    answer = first.attempt("models", "total", {"lines": [line, {"price": "x"}]})
    assert answer.kind == "undecodable"
    assert "bill.lines[1].price: " in answer.body
    answer = first.attempt("models", "total", 1)
    assert answer.body.endswith("bill: expected Bill, got int")


# -- 1.x -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "func, expression, sent",
    [
        ("line", LINE, {"price": 1.5, "count": 2}),
        ("opened", "Open(ID=1, note='a', x=2)", {"id": 1, "note": "a", "x": 2}),
        ("lines", f"Lines(__root__=[{LINE}])", [{"price": 1.5, "count": 2}]),
    ],
)
def test_a_model_of_the_first_version_takes_what_it_sends(
    first: Snake, func: str, expression: str, sent: Any
) -> None:
    assert first.call("models_first", "make", expression) == sent
    assert_taken(first, "models_first", expression, func)


def test_a_model_of_the_first_version_takes_an_alias(first: Snake) -> None:
    assert first.call("models_first", "line", {"Price": 1}, "Line(Price=1)") is True
    refused = first.attempt("models_first", "line", {"Price": 1, "x": 1}, "")
    assert "x.x: " in refused.body


@pytest.mark.parametrize(
    "field",
    [
        f"lines=[{LINE}]",
        f"by_name={{'a': {LINE}}}",
        f"root=Lines(__root__=[{LINE}])",
        f"either={LINE}",
        "either=Open(ID=1)",
        "counter=Counter(2).counted()",
        "point=Point(1.5, 2.5)",
        f"placed=Placed({LINE}, 1)",
    ],
)
def test_what_is_within_a_model_of_the_first_version_is_taken(
    first: Snake, field: str
) -> None:
    expression = f"Everything(line={LINE}, {field})"
    assert_taken(first, "models_first", expression, "everything")


# -- 2.x -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "func, expression, sent",
    [
        ("line", LINE, SENT),
        (
            "opened",
            "Open(ID=1, x=2, y=[3])",
            {"id": 1, "note": None, "label": "no. 1", "x": 2, "y": [3]},
        ),
        ("lines", f"Lines([{LINE}])", [SENT]),
        ("names", f"Names({{'root': {LINE}}})", {"root": SENT}),
        (
            "aliases",
            "Aliases(both=[1, 2], other=3, written=4)",
            {"first": 1, "second": 2, "chosen": 3, "written": 4},
        ),
        ("swapped", "Swapped(a=1, b=2)", {"a": 2, "b": 1}),
        ("upper", "Upper(NAME='x')", {"name": "x"}),
        ("by_name", "ByName(name='x')", {"name": "x"}),
        (
            "tree",
            "Tree(Value=1, children=[Tree(Value=2)])",
            {
                "value": 1,
                "children": [{"value": 2, "children": [], "size": 1}],
                "size": 2,
            },
        ),
        (
            "page",
            f"Page[Line](items=[{LINE}], first={LINE})",
            {"items": [SENT], "first": SENT},
        ),
        (
            "part",
            f"Part(Number=1, line={LINE})",
            {"number": 1, "uses": 0, "line": SENT, "label": "part 1"},
        ),
        ("said", "Said(x=1, y=2)", {"x": 1, "y": 2, "sum": 3}),
        ("custom", f"Custom(line={LINE}, Name='a')", {"line": SENT, "name": "a"}),
    ],
)
def test_a_model_takes_what_it_sends(
    second: Snake, func: str, expression: str, sent: Any
) -> None:
    assert second.call("models_second", "make", expression) == sent
    assert second.call("models_second", "has_all_that_is_dumped", expression) is True
    assert_taken(second, "models_second", expression, func)


def test_a_model_takes_an_alias(second: Snake) -> None:
    assert second.call("models_second", "line", {"Price": 1}, "Line(Price=1)") is True
    for alias in ("one", "other"):
        given = {"both": [1, 2], alias: 3, "written": 4}
        expected = "Aliases(both=[1, 2], one=3, written=4)"
        assert second.call("models_second", "aliases", given, expected) is True
    refused = second.attempt("models_second", "line", {"Price": 1, "x": 1}, "")
    assert "x.x: " in refused.body


def test_a_computed_field_is_what_it_is_computed_from(second: Snake) -> None:
    stale = {**SENT, "count": 4}
    assert second.call("models_second", "line", stale, "Line(Price=1.5, count=4)")
    assert second.call("models_second", "show", stale).endswith("total=6.0)")


@pytest.mark.parametrize(
    "field",
    [
        f"lines=[{LINE}]",
        f"by_name={{'a': {LINE}}}",
        f"pair=({LINE}, 1)",
        f"many=({LINE}, {LINE})",
        f"root=Lines([{LINE}])",
        "pet=Dog(Dog='a')",
        "pet=Cat(Cat='a')",
        f"either={LINE}",
        "either=Upper(NAME='a')",
        "either=[Upper(NAME='a')]",
        f"page=Page[Line](items=[{LINE}])",
        "counter=Counter(2).counted()",
        f"holder=Holder({LINE})",
        "point=Point(1.5, 2.5)",
        f"placed=Placed({LINE}, 1)",
        f"noted={{'line': {LINE}}}",
        f"part=Part(Number=1, line={LINE})",
        "open=Open(ID=1, x=2)",
    ],
)
def test_what_is_within_a_model_is_taken(second: Snake, field: str) -> None:
    expression = f"Everything(line={LINE}, {field})"
    assert second.call("models_second", "has_all_that_is_dumped", expression) is True
    assert_taken(second, "models_second", expression, "everything")


def test_a_set_of_models_is_taken(second: Snake) -> None:
    expression = f"Everything(line={LINE}, keys=frozenset({{Key(ID=1), Key(ID=2)}}))"
    assert_taken(second, "models_second", expression, "everything")


def test_an_error_within_a_model_names_the_way(second: Snake) -> None:
    changes: List[Tuple[Dict[str, Any], str]] = [
        ({"lines": [SENT, {"price": "x"}]}, "x.lines[1].Price: "),
        ({"lines": [SENT, {**SENT, "y": 1}]}, "x.lines[1].y: "),
        ({"point": {"x": "a"}}, "x.point.x: expected float, got str"),
        ({"counter": {"step": 1, "count": ""}}, "x.counter.count: expected int"),
    ]
    for change, text in changes:
        given = {"line": SENT, **change}
        answer = second.attempt("models_second", "everything", given, "")
        assert answer.kind == "undecodable"
        assert text in answer.body


def test_what_looks_at_a_field_before_sees_what_was_sent(second: Snake) -> None:
    assert_taken(second, "models_second", "Raw(lines=[{'Price': 1.5}])", "raw")


def test_what_a_model_excludes_is_sent_only_if_it_has_to_come_back(
    second: Snake,
) -> None:
    sent = second.call("models_second", "make", "Hidden(shown=1, secret=2, needed=3)")
    assert sent == {"shown": 1, "needed": 3}
    shown = second.call("models_second", "reveal", {**sent, "secret": 4})
    assert shown == "Hidden(shown=1, secret=4, needed=3)"


def test_models_within_other_records_are_taken(second: Snake) -> None:
    expression = f"Bill([{LINE}], Lines([{LINE}]))"
    sent = second.call("models_second", "make", expression)
    assert sent == {"lines": [SENT], "root": [SENT]}
    assert_taken(second, "models_second", expression, "bill")


def test_of_several_models_it_is_one_that_fits(second: Snake) -> None:
    for given, name in zip(({"name": "a"}, [SENT], 1), ("Upper", "Lines", "int")):
        assert second.call("models_second", "either", given) == name


def test_a_root_that_contains_itself_is_refused(second: Snake) -> None:
    answer = second.attempt("models_second", "endless")
    assert answer.kind == "unencodable"
    assert "nested deeper than" in answer.body
