"""Functions that take what was generated from shop.hpp."""

from dataclasses import replace

from shop_structs import Order, OrderItem, RushOrder


def add_tip(order: Order, amount: float) -> Order:
    """Returns `order` with one item more."""
    tip = OrderItem(name="tip", price=amount, count=None)
    return replace(order, items=[*order.items, tip])


def total(items: list[OrderItem]) -> float:
    return sum(item.price * (item.count or 1) for item in items)


def most_expensive(order: Order) -> OrderItem:
    return max(order.items, key=lambda item: item.price)


def hurried(order: Order) -> RushOrder:
    """Returns `order` as one that costs more."""
    return RushOrder(**vars(order), surcharge=5.0)


def surcharge(order: RushOrder) -> float:
    if not isinstance(order, Order):
        raise TypeError("a rush order is no order")
    return order.surcharge
