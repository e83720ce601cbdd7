#pragma once

#include <venomous/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

/// @file
/// Structs whose Python side is generated.

namespace shop {

struct order_item {
  std::string name;
  double price = 0;
  std::optional<int32_t> count;

  bool operator==(const order_item&) const = default;

  MSGPACK_DEFINE_MAP(name, price, count)
};

struct order {
  uint64_t id = 0;
  std::vector<order_item> items;
  std::map<std::string, std::tuple<bool, double>> discounts;
  std::variant<int64_t, std::string> customer;
  std::vector<std::byte> signature;
  venomous::value note;

  bool operator==(const order&) const = default;

  MSGPACK_DEFINE_MAP(id, items, discounts, customer, signature, note)
};

struct rush_order : order {
  double surcharge = 0;

  bool operator==(const rush_order&) const = default;

  MSGPACK_DEFINE_MAP(MSGPACK_BASE_MAP(order), surcharge)
};

} // namespace shop
