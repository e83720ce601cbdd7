"""What annotations make of dicts, and dicts of records."""

from typing import Any, Dict

import pytest
from conftest import Snake
from taking import assert_taken

ITEM = {"name": "tea", "price": 2.5, "color": None, "tags": []}
TEA = "Item(name='tea', price=2.5, color=None, tags=[])"
ORDER: Dict[str, Any] = {
    "id": 1,
    "items": [ITEM],
    "by_name": {"tea": ITEM},
    "pair": (1, ITEM),
    "paid": {"amount": 3, "currency": "USD"},
    "cards": [{"number": "4"}],
    "extra": [1],
}


def refused(
    snake: Snake, func: str, *args: Any, module: str = "orders", **kwargs: Any
) -> str:
    answer = snake.attempt(module, func, *args, **kwargs)
    assert answer.kind == "undecodable", answer
    text = str(answer.body)
    assert text.startswith("the arguments cannot be decoded: ")
    return text.partition(": ")[2]


# -- what arrives ----------------------------------------------------------------------


def test_a_dict_arrives_as_the_dataclass_that_is_annotated(snake: Snake) -> None:
    assert snake.call("orders", "take", ORDER) == [
        "Order",
        f"Order(id=1, items=[{TEA}], by_name={{'tea': {TEA}}}, pair=(1, {TEA}), "
        "paid=Cash(amount=3, currency='USD'), cards=frozenset({Card(number='4')}), "
        "extra=[1])",
    ]


def test_it_comes_back_as_a_dict(snake: Snake) -> None:
    assert snake.call("orders", "give", ORDER) == [
        [ITEM],
        (1, ITEM),
        {"amount": 3, "currency": "USD"},
    ]
    assert snake.call("orders", "tree", tree(3)) == tree(3)


def tree(depth: int) -> Dict[str, Any]:
    children = [tree(depth - 1)] * 2 if depth else []
    return {"value": depth, "children": children}


def test_fields_that_are_missing_have_their_defaults(snake: Snake) -> None:
    short = {"name": "tea", "price": 2.5}
    assert snake.call("orders", "item", short) == TEA
    assert snake.call("orders", "maybe") == "(None, <Color.RED: 'red'>)"


@pytest.mark.parametrize(
    "func, arg, shown",
    [
        ("items", [ITEM, ITEM], f"[{TEA}, {TEA}]"),
        ("maybe", None, "(None, <Color.RED: 'red'>)"),
        ("maybe", ITEM, f"({TEA}, <Color.RED: 'red'>)"),
        ("size", {"width": 3}, "Size(width=3, height=1)"),
        ("size", {"width": 3, "height": 2}, "Size(width=3, height=2)"),
        ("options", {}, "{}"),
        ("options", {"items": [ITEM]}, f"{{'items': [{TEA}]}}"),
        ("options", {"items": [], "depth": 1}, "{'depth': 1, 'items': []}"),
        ("strict", {"number": 1}, "Strict(number=1)"),
    ],
)
def test_annotations_of_all_kinds_are_understood(
    snake: Snake, func: str, arg: Any, shown: str
) -> None:
    assert snake.call("orders", func, arg) == shown


@pytest.mark.parametrize(
    "func, arg, shown",
    [
        ("note", {"text": "a"}, "{'text': 'a'}"),
        ("note", {"text": "a", "pages": 2}, "{'text': 'a', 'pages': 2}"),
        ("entry", {"where": (1, 2)}, "Entry(where=(1, 2), who=0.0)"),
        ("entry", {"who": 1}, "Entry(where=(), who=1)"),
        ("by_number", {10**5000: {}}, 1),
    ],
)
def test_annotations_may_be_strings(
    snake: Snake, func: str, arg: Any, shown: Any
) -> None:
    assert snake.call("notes", func, arg) == shown


def test_what_cannot_be_shown_is_refused_all_the_same(snake: Snake) -> None:
    answer = snake.attempt("notes", "entry", {10**5000: 1})
    assert answer.kind == "undecodable"
    assert "x: " in answer.body


def test_an_attrs_class_is_a_record_too(snake: Snake) -> None:
    shown, back = snake.call("orders", "point", {"x": 1, "_secret": 8})
    assert shown == "Point(x=1.0, y=0.5, _secret=8)"
    assert back == {"x": 1.0, "y": 0.5, "_secret": 8}


def test_arguments_by_keyword_and_all_further_ones_are_converted(snake: Snake) -> None:
    assert snake.call("orders", "maybe", color="blue").endswith("'blue'>)")
    assert snake.call("orders", "many", ITEM, ITEM, a=ITEM) == (
        f"(({TEA}, {TEA}), {{'a': {TEA}}})"
    )


def test_items_of_a_map_are_converted(snake: Snake) -> None:
    found = snake.map("orders", "item", [ITEM, {**ITEM, "price": "3"}, ITEM])
    assert found == [
        ("value", TEA),
        (
            "undecodable",
            "the item cannot be decoded: item.price: expected float, got str",
        ),
        ("value", TEA),
    ]


def test_an_int_is_a_float_where_one_is_annotated(snake: Snake) -> None:
    assert "price=3.0" in snake.call("orders", "item", {"name": "a", "price": 3})


# -- what is sent is taken -------------------------------------------------------------


@pytest.mark.parametrize(
    "func, expression, sent",
    [
        ("counter", "Counter(2).counted()", {"step": 2, "count": 2}),
        ("circle", "Circle(2.0)", {"radius": 2.0, "area": 12.0}),
        ("slim", "Slim(x=1)", {"x": 1, "within": None, "later": []}),
        (
            "private",
            "Private(1, 3)",
            {"_x": 1, "_Private__y": 3, "made": 3},
        ),
        ("old", "Old(1, Counter(2))", {"x": 1, "y": {"step": 2, "count": 0}}),
        ("frozen", "Frozen(x=1)", {"x": 1, "made": {"step": 1, "count": 0}}),
        ("scaled", "Scaled(2, 3)", {"x": 6}),
    ],
)
def test_all_fields_are_sent_and_taken(
    snake: Snake, func: str, expression: str, sent: Any
) -> None:
    assert snake.call("fields", "make", expression) == sent
    assert_taken(snake, "fields", expression, func)


def test_a_record_within_a_named_tuple_is_one_again(snake: Snake) -> None:
    assert_taken(snake, "fields", "Pair(Counter(2).counted(), 7)", "pair")
    assert_taken(snake, "fields", "Pair({'step': 2}, 7)", "pair_of_dict")
    given = {"counter": {"step": ""}}
    assert refused(snake, "pair", given, "", module="fields") == (
        "x.counter.step: expected int, got str"
    )


def test_records_within_records_are_taken(snake: Snake) -> None:
    nested = "Nested(Private(1), [Pair(Counter(1).counted())], Slim(x=2, within=%s))"
    assert_taken(snake, "fields", nested % "Circle(1.0)", "nested")


def test_a_field_that_init_does_not_take_is_what_was_sent(snake: Snake) -> None:
    given = {"step": 2, "count": 4}
    expected = "Counter(2).counted().counted()"
    assert snake.call("fields", "counter", given, expected) is True
    for missing in ({"radius": 2.0}, {"radius": 2.0, "area": 12.0}):
        assert snake.call("fields", "circle", missing, "Circle(2.0)") is True


def test_a_field_that_init_does_not_take_is_checked(snake: Snake) -> None:
    given: Dict[str, Any] = {"step": 1, "count": "7"}
    assert refused(snake, "counter", given, "", module="fields") == (
        "x.count: expected int, got str"
    )
    given = {"x": 1, "later": [{"step": 1, "count": 2}, {"step": ""}]}
    assert refused(snake, "slim", given, "", module="fields") == (
        "x.later[1].step: expected int, got str"
    )


def test_what_init_only_takes_may_be_given(snake: Snake) -> None:
    given: Dict[str, Any] = {"x": 2, "scale": 5}
    assert snake.call("fields", "scaled", given, "Scaled(2, 5)") is True
    given = {"x": 2, "item": {"step": 3}}
    assert snake.call("fields", "weighed", given, "Weighed(2, Counter(3))") is True
    given = {"x": 1, "total": 1}
    assert refused(snake, "weighed", given, "", module="fields") == (
        'x: missing field "item"'
    )


def test_records_in_sets_and_keys_are_taken(snake: Snake) -> None:
    circles = "frozenset({Circle(1.0), Circle(2.0)})"
    keys = "{Circle(1.0): 1}, {(Circle(2.0), 'a'): 2}"
    assert_taken(snake, "fields", f"Hashed({circles}, {keys})", "hashed")
    given = {"circles": [{"radius": 1.0}], "by_circle": {}, "by_pair": {}}
    expected = "Hashed(frozenset({Circle(1.0)}), {}, {})"
    assert snake.call("fields", "hashed", given, expected) is True


def test_structs_of_msgspec_are_records(snake: Snake) -> None:
    pytest.importorskip("msgspec")
    order = "Order(first_item=Item('a'), items=[Item('b', 2.5)])"
    assert snake.call("structs", "make", order) == {
        "first_item": {"name": "a", "price": 1.5},
        "items": [{"name": "b", "price": 2.5}],
    }
    assert_taken(snake, "structs", order, "order")
    assert_taken(snake, "structs", "Box(Item('a'))", "box")
    assert snake.call("structs", "item", {"name": "a"}, "Item('a')") is True
    assert refused(snake, "item", {"price": 1.0}, "", module="structs") == (
        'x: missing field "name"'
    )
    called = snake.call("structs", "Order", first_item={"name": "a"})
    assert called == {"first_item": {"name": "a", "price": 1.5}, "items": []}


# -- what stays as it is ---------------------------------------------------------------


def test_without_a_record_nothing_is_converted(snake: Snake) -> None:
    assert snake.call("orders", "not_a_record", "1", 2, ITEM) == repr(("1", 2, ITEM))
    assert snake.call("orders", "without", ITEM) == repr(ITEM)
    assert snake.call("builtins", "repr", ITEM) == repr(ITEM)


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change, text",
    [
        (
            {"items": [ITEM, {**ITEM, "price": "3"}]},
            "items[1].price: expected float, got str",
        ),
        ({"items": [ITEM, {"name": "a"}]}, 'items[1]: missing field "price"'),
        ({"items": [{**ITEM, "prise": 1}]}, 'items[0]: unknown field "prise"'),
        ({"items": [None]}, "items[0]: expected Item, got None"),
        ({"items": {}}, "items: expected list, got dict"),
        (
            {"items": [{**ITEM, "tags": ["a", 1]}]},
            "items[0].tags[1]: expected str, got int",
        ),
        (
            {"items": [{**ITEM, "color": "green"}]},
            "items[0].color: expected Color, got 'green'",
        ),
        (
            {"by_name": {"a": {**ITEM, "name": b""}}},
            "by_name['a'].name: expected str, got bytes",
        ),
        ({"by_name": {1: ITEM}}, "by_name[1]: expected str, got int"),
        ({"pair": (1, 2, 3)}, "pair: expected tuple of 2, got tuple of 3"),
        ({"pair": ("1", ITEM)}, "pair[0]: expected int, got str"),
        ({"paid": {"amount": "1"}}, "paid: expected Card or Cash or None, got dict"),
        ({"id": True}, "id: expected int, got bool"),
        ({"id": 1.0}, "id: expected int, got float"),
        ({"cards": [{"number": 1}]}, "cards[0].number: expected str, got int"),
    ],
)
def test_an_error_names_the_way(snake: Snake, change: Any, text: str) -> None:
    assert refused(snake, "take", {**ORDER, **change}) == f"order.{text}"


def test_an_error_names_the_parameter(snake: Snake) -> None:
    assert refused(snake, "item", 1) == "item: expected Item, got int"
    assert refused(snake, "maybe", color=1) == "color: expected Color, got 1"
    assert refused(snake, "many", ITEM, None) == "items[1]: expected Item, got None"
    assert refused(snake, "many", a=1) == "a: expected Item, got int"
    assert refused(snake, "maybe", {}) == 'item: missing field "name"'
    assert refused(snake, "size", {"height": 1}) == 'size: missing field "width"'
    assert refused(snake, "options", {1: 2}) == 'options: unknown field "1"'


@pytest.mark.parametrize("price", [2**53 + 1, 10**400])
def test_an_int_that_is_no_float_is_refused(snake: Snake, price: int) -> None:
    text = refused(snake, "item", {"name": "a", "price": price})
    assert text.startswith(f"item.price: expected float, got int {str(price)[:16]}")
    assert text.endswith(", which no float is equal to") and len(text) < 200


def test_what_a_constructor_raises_is_the_answer(snake: Snake) -> None:
    answer = snake.attempt("orders", "strict", {"number": -1})
    assert (answer.kind, answer.body[:2]) == ("exception", ["ValueError", "negative"])


def test_a_record_without_a_field_is_an_error(snake: Snake) -> None:
    answer = snake.attempt("orders", "unset")
    assert (answer.kind, answer.body[0]) == ("exception", "AttributeError")


def test_a_process_that_a_constructor_forks_does_not_answer(snake: Snake) -> None:
    assert snake.call("orders", "fork_in_conversion", {"number": 5}) == 5
    assert snake.call("orders", "item", ITEM) == TEA


# -- what is taken beside objects of the very type -------------------------------------


def test_scalars_of_numpy_are_numbers(snake: Snake) -> None:
    pytest.importorskip("numpy")
    stats = snake.call("lenient", "measured")
    assert stats == {"n": 3, "mean": 0.5, "root": 0}
    assert snake.call("lenient", "shown", stats) == "Stats(n=3, mean=0.5, root=0j)"


def test_a_default_of_none_says_that_none_is_taken(snake: Snake) -> None:
    assert snake.call("lenient", "maybe", None) == "None"
    assert snake.call("lenient", "maybe_by_name", stats=None) == "None"
    assert refused(snake, "needed", None, module="lenient") == (
        "stats: expected Stats, got None"
    )


def test_elements_of_any_container_become_records(snake: Snake) -> None:
    one = {"n": 1, "mean": 2}
    shown = "[Stats(n=1, mean=2.0, root=0)]"
    assert snake.call("lenient", "all_in", [one], [one]) == f"{shown} {shown}"


def test_parameters_of_a_wrapper_are_its_own(snake: Snake) -> None:
    one = {"n": 1, "mean": 2}
    assert snake.call("lenient", "with_label", "a", one) == f"a {one}"


@pytest.mark.parametrize("func", ["labeled", "entries"])
def test_a_subclass_that_would_lose_something_is_an_error(
    snake: Snake, func: str
) -> None:
    answer = snake.attempt("lenient", func)
    assert answer.kind == "unencodable"
    assert f"lenient.{func.title()}" in str(answer.body)
