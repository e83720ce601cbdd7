"""Functions that take what was generated from shop.hpp."""

from dataclasses import replace

from shop_structs import Order, OrderItem


def add_tip(order: Order, amount: float) -> Order:
    """Returns `order` with one item more."""
    tip = OrderItem(name="tip", price=amount, count=None)
    return replace(order, items=[*order.items, tip])


def total(items: list[OrderItem]) -> float:
    return sum(item.price * (item.count or 1) for item in items)


def most_expensive(order: Order) -> OrderItem:
    return max(order.items, key=lambda item: item.price)
