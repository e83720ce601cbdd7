"""Types with codecs of their own."""

from typing import Any, List

import pytest
import venomous
from conftest import Snake, StartHost

CUT_OFF = "an extension that is cut off or not MessagePack"


@pytest.fixture
def money(start_host: StartHost) -> Snake:
    """A snake with codecs."""
    host = start_host(preload=["codecs_of_user"])
    host.event("hello")
    return host.fork()


def through(snake: Snake, value: str) -> Any:
    """Sends back what a snake has sent."""
    packed = bytes(snake.call("codecs_of_user", "pack", value))
    return snake.call("codecs_of_user", "show_packed", packed)


@pytest.mark.parametrize(
    "value",
    [
        "Money(3, 'EUR')",
        "[Money(3, 'EUR'), {'a': (Money(4, 'USD'),)}]",
        "Purse([Money(3, 'EUR'), Purse([])])",
        "Coin(1, 'EUR')",
    ],
)
def test_objects_with_codecs_travel_and_nest(money: Snake, value: str) -> None:
    shown = value.replace("Coin", "Money")
    assert through(money, value) == shown


def test_the_nearest_class_has_the_encoder(money: Snake) -> None:
    packed = money.call("codecs_of_user", "pack", "[Coin(1, 'EUR'), Token(1, 'EUR')]")
    assert packed == b"\x92" + tagged("Money") + tagged("token")


def tagged(tag: str) -> bytes:
    payload = b"\x92" + bytes([0xA0 + len(tag)]) + tag.encode()
    payload += b"\xc7\x06\x02\x92\x01\xa3EUR"
    head = b"\xd8" if len(payload) == 16 else b"\xc7" + bytes([len(payload)])
    return head + b"\x12" + payload


@pytest.mark.parametrize(
    "payload, text",
    [
        (b"\x92\xa1x\x01", "args[0]: no decoder is registered for the tag 'x'"),
        (b"\x91\xa1x", "args[0]: a tagged value that is not a tag with a value"),
        (b"\x93\xa1x\x01\x02", "args[0]: a tagged value that is not a tag with a value"),
        (b"\x92\x01\x01", "args[0]: a tagged value that is not a tag with a value"),
        (b"\x92\xa1x", f"args[0][1]: {CUT_OFF}"),
        (b"\xa1x", "args[0]: an extension that is not an array"),
    ],
)
def test_a_tag_is_checked(money: Snake, payload: bytes, text: str) -> None:
    head = b"\x91\xc7" + bytes([len(payload)]) + b"\x12"
    money.send_body(b"\xa8builtins\xa4repr" + head + payload + b"\x80")
    answer = money.receive()
    assert answer.kind == "undecodable"
    assert answer.body == f"the arguments cannot be decoded: {text}"


def test_what_a_codec_raises_is_the_answer(money: Snake) -> None:
    answer = money.attempt("codecs_of_user", "make", "Bad()")
    assert (answer.kind, answer.body[:2]) == ("exception", ["ValueError", "bad"])


def test_an_encoder_may_change_what_is_sent(money: Snake) -> None:
    for how in ("grow", "clear"):
        answer = money.attempt("codecs_of_user", "changing", how)
        assert answer.kind == "unencodable", answer
        assert "was changed while it was sent" in answer.body
    assert money.call("codecs_of_user", "make", "1") == 1


def test_an_encoder_that_returns_its_own_kind_comes_to_an_end(money: Snake) -> None:
    answer = money.attempt("codecs_of_user", "make", "Endless()")
    assert answer.kind == "unencodable"
    assert "nested deeper" in answer.body


def test_a_process_that_an_encoder_forks_does_not_answer(money: Snake) -> None:
    venomous.decoder("Forking")(lambda x: x)
    assert money.call("codecs_of_user", "make", "Forking()") is None
    assert money.call("codecs_of_user", "make", "1") == 1


def test_an_encoder_that_comes_later_counts(money: Snake) -> None:
    assert money.attempt("codecs_of_user", "make", "Late()").kind == "unencodable"
    money.call("codecs_of_user", "register_late")
    venomous.decoder("Late")(lambda x: x)
    assert money.call("codecs_of_user", "make", "Late()") is None


@pytest.mark.parametrize("func", ["no_type", "no_function"])
def test_a_codec_needs_a_type_and_a_function(money: Snake, func: str) -> None:
    answer = money.attempt("codecs_of_user", func)
    kinds: List[str] = [answer.kind, answer.body[0]]
    assert kinds == ["exception", "TypeError"]


def test_a_record_may_have_fields_with_codecs(money: Snake) -> None:
    packed = bytes(money.call("codecs_of_user", "pack", "Bill(Money(3, 'EUR'))"))
    money.send_body(b"\xaecodecs_of_user\xa9amount_of\x91" + packed + b"\x80")
    assert money.receive().body == 3
