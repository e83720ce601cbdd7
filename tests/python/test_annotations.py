"""Which annotations a call has, and what they mean."""

from typing import Any, Dict

import pytest
import venomous
from conftest import Snake

NAMED = {"name": "tea"}
TEA = "Item(name='tea', price=1.5)"
CARD = {"number": "4"}
SHOWN_CARD = "Card(number='4')"


def said(snake: Snake) -> str:
    """Returns what the snake has written, and ends it."""
    pid = snake.pid
    snake.channel.close()
    assert pid
    return snake.stderr()


# -- each by itself --------------------------------------------------------------------


def test_what_a_function_returns_may_be_unknown(snake: Snake) -> None:
    assert snake.call("typed_elsewhere", "returned", NAMED) is None


def test_an_unknown_annotation_is_that_of_one_parameter(snake: Snake) -> None:
    assert snake.call("typed_elsewhere", "other_parameter", NAMED, CARD, 3) == (
        f"(Item(name='tea'), {CARD}, 3)"
    )
    assert snake.call("orders", "unknown_name", {**NAMED, "price": 1}, 1) == (
        "Item(name='tea', price=1.0, color=None, tags=[])"
    )


def test_an_unknown_annotation_is_that_of_one_field(snake: Snake) -> None:
    parcel = {"item": NAMED, "card": CARD, "weights": {"all": 1}}
    assert snake.call("typed_elsewhere", "truck", {"parcels": [parcel]}) == (
        f"Truck(parcels=[Parcel(item=Item(name='tea'), card={CARD}, "
        "weights={'all': 1})])"
    )
    answer = snake.attempt("typed_elsewhere", "truck", {"parcels": [{"item": 1}]})
    assert answer.body.endswith("truck.parcels[0].item: expected Item, got int")


def test_a_key_whose_annotation_is_unknown_may_be_missing(snake: Snake) -> None:
    assert snake.call("typed_elsewhere", "label", {"text": "a"}) == "{'text': 'a'}"


def test_annotations_that_are_no_types_do_not_count(snake: Snake) -> None:
    assert snake.call("typed_elsewhere", "unchecked", NAMED) == repr(NAMED)


def test_a_dict_that_may_have_been_meant_as_a_record_is_told_once(
    snake: Snake,
) -> None:
    for _ in range(2):
        snake.call("typed_elsewhere", "other_parameter", NAMED, CARD, 3)
        snake.call("typed_elsewhere", "cards", [CARD])
        snake.call("typed_elsewhere", "truck", {"parcels": [{"item": NAMED}]})
    text = said(snake)
    for name, annotation in (
        ("card in typed_elsewhere.other_parameter", "Card"),
        ("cards in typed_elsewhere.cards", "List[Card]"),
    ):
        assert text.count(name) == 1
        assert (
            f"RuntimeWarning: the annotation {annotation!r} of {name} cannot be "
            "evaluated: name 'Card' is not defined; a dict stays a dict"
        ) in text
    assert "Size" not in text and "weights" not in text


def test_names_are_looked_up_where_they_are_written(snake: Snake) -> None:
    entry = {"where": (1,), "who": 5, "by": {"name": "me"}}
    assert snake.call("inherited", "signed", entry) == (
        "Signed(where=(1,), who=5, by=UserId(name='me'))"
    )


def test_a_name_that_a_class_has_too_is_that_of_the_module(snake: Snake) -> None:
    item = {"name": "tea"}
    assert snake.call("typed_elsewhere", "depot.list", [item]) == "[Item(name='tea')]"
    assert snake.call("typed_elsewhere", "day", {"Item": item}) == (
        "Day(Item=Item(name='tea'))"
    )


def test_local_names_are_known(snake: Snake) -> None:
    door = snake.call("typed_elsewhere", "depot.open", {"number": 1})
    assert door == "Depot.Door(number=1)"
    leaf = {"number": 1, "leaves": [{"number": 2, "leaves": []}]}
    is_leaf, shown = snake.call("typed_elsewhere", "local", leaf)
    assert is_leaf and shown.count("Leaf(") == 2


# -- generic ones ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "func, arg, shown",
    [
        (
            "box",
            {"content": NAMED, "more": [NAMED]},
            f"Box(content={TEA}, more=[{TEA}])",
        ),
        ("anything", {"content": NAMED}, f"Box(content={NAMED}, more=[])"),
        (
            "labeled",
            {"content": {"a": NAMED}, "more": [], "label": {"width": 2}},
            f"Labeled(content={{'a': {TEA}}}, more=[], "
            "label=Size(width=2, height=1))",
        ),
        ("item_box", {"content": NAMED}, f"ItemBox(content={TEA}, more=[])"),
        (
            "pair",
            {"first": NAMED, "second": {"content": CARD}},
            f"Pair(first={TEA}, second=Box(content={SHOWN_CARD}, more=[]))",
        ),
        (
            "chain",
            {"value": NAMED, "rest": {"value": NAMED}},
            f"Chain(value={TEA}, rest=Chain(value={TEA}, rest=None))",
        ),
        ("one_of", CARD, SHOWN_CARD),
        ("one_of", {"width": 1}, "Size(width=1, height=1)"),
        ("goods", [NAMED], f"[{TEA}]"),
        ("noted", [NAMED], f"[{TEA}]"),
        ("placed", {"item": NAMED}, f"Placed(item={TEA}, place=0)"),
        ("tuples", [{"item": NAMED}], f"(Placed(item={TEA}, place=0),)"),
    ],
)
def test_type_variables_are_what_they_stand_for(
    snake: Snake, func: str, arg: Any, shown: str
) -> None:
    assert snake.call("generics", func, arg) == shown


def test_a_bound_of_a_type_variable_is_asked_for(snake: Snake) -> None:
    assert snake.call("generics", "bound", NAMED) == {"name": "tea", "price": 1.5}


def test_an_error_in_a_generic_record_names_the_way(snake: Snake) -> None:
    box = {"content": NAMED, "more": [NAMED, {"name": 1}]}
    answer = snake.attempt("generics", "box", box)
    assert answer.body.endswith("x.more[1].name: expected str, got int")


def test_a_type_without_end_is_that_of_one_parameter(snake: Snake) -> None:
    assert snake.call("generics", "endless", 1, NAMED) == f"(1, {TEA})"


def test_keys_that_become_equal_are_refused(snake: Snake) -> None:
    code = "(lambda m: m.venomous.pack({m.Color.RED: 1, 'red': 2}))"
    packed = snake.call("builtins", "eval", f"{code}(__import__('generics'))")
    name = venomous.pack("generics") + venomous.pack("keyed")
    snake.send_body(name + b"\x91" + packed + venomous.pack({}))
    answer = snake.receive()
    assert answer.kind == "undecodable"
    assert answer.body.endswith("x: two keys of a dict become equal")


# -- what has them ---------------------------------------------------------------------


@pytest.mark.parametrize("func", ["later", "wrapped", "Shop.name_of", "shop.price_of"])
def test_coroutines_wrappers_and_methods_have_annotations(
    snake: Snake, func: str
) -> None:
    item = {"name": "tea", "price": 2.5}
    args = [1, item] if func == "wrapped" else [item]
    assert snake.call("orders", func, *args) in ("tea", 2.5)


@pytest.mark.parametrize(
    "func, args, kwargs, shown",
    [
        ("cached", [CARD], {}, f"({SHOWN_CARD},)"),
        ("dispatched", [CARD], {}, f"('card', {SHOWN_CARD})"),
        ("dispatched", [NAMED], {}, f"('item', {TEA})"),
        ("counted", [NAMED], {}, f"({TEA},)"),
        ("counted", [], {"item": NAMED}, f"({TEA},)"),
        ("twice_wrapped", [CARD], {}, f"({SHOWN_CARD},)"),
        ("noteless", [NAMED], {}, f"({TEA},)"),
        (
            "declared",
            [NAMED, CARD],
            {"x": NAMED},
            f"(1, {TEA}, ({SHOWN_CARD},), {{'x': {TEA}}})",
        ),
        ("bound_first", [NAMED], {"card": CARD}, f"(1, {TEA}, {SHOWN_CARD})"),
        ("bound_last", [NAMED], {}, f"(1, {TEA}, Card(number='0'))"),
        ("bound_last", [NAMED], {"card": CARD}, f"(1, {TEA}, {SHOWN_CARD})"),
        ("shop.sell", [3, NAMED], {}, f"('shop', 3, {TEA})"),
        ("shop.sell_one", [NAMED], {}, f"('shop', 1, {TEA})"),
        ("sell_two", [], {"item": NAMED}, f"('shop', 2, {TEA})"),
        ("shop.pay", [CARD], {}, f"('shop', {SHOWN_CARD})"),
        ("Shop.open", [NAMED], {}, f"('Shop', {TEA})"),
        ("Shop.close", [NAMED], {}, f"({TEA},)"),
        ("weigh", [NAMED], {}, f"({TEA},)"),
        ("slim", [NAMED], {}, f"({TEA},)"),
        ("secretive", [NAMED], {}, f"({TEA},)"),
        ("Basket", [[NAMED]], {}, f"([{TEA}],)"),
        ("Purse", [CARD, CARD], {}, f"({SHOWN_CARD}, {SHOWN_CARD})"),
    ],
)
def test_whatever_can_be_called_has_annotations(
    snake: Snake, func: str, args: Any, kwargs: Dict[str, Any], shown: str
) -> None:
    for _ in range(2):
        assert snake.call("made_of_functions", func, *args, **kwargs) == shown


@pytest.mark.parametrize("func", ["Delivery", "Late", "Gift", "ItemCrate"])
def test_a_record_is_called_with_records(snake: Snake, func: str) -> None:
    made = snake.call("made_of_functions", func, NAMED)
    assert {"name": "tea", "price": 1.5} in made.values()
    answer = snake.attempt("made_of_functions", func, {"name": 1})
    assert answer.kind == "undecodable"
    assert answer.body.endswith(".name: expected str, got int")


def test_functions_that_take_the_place_of_others_are_looked_at_anew(
    snake: Snake,
) -> None:
    # They may lie where the one before has been.
    item = {"name": "tea", "price": 2.5}
    for name in ("Item", "Size", "Item", "Size"):
        snake.call(
            "builtins",
            "exec",
            "import orders\n"
            f"def anew(x: orders.{name}) -> str: return type(x).__name__\n"
            "orders.anew = anew",
        )
        arg = item if name == "Item" else {"width": 1}
        assert snake.call("orders", "anew", arg) == name
