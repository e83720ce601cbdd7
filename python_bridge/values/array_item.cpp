#include "python_bridge/values/array_item.hpp"

namespace venomous::detail {

std::optional<size_t> attached_size(const item& x) {
  if (x.attached == nullptr)
    return std::nullopt;
  return x.attached->size;
}

std::optional<array_item> array_item::from(const item& x) {
  array_item result;
  auto payload = x.payload;
  if (x.kind != kind::array
      || result.head.read(payload, attached_size(x)) != nullptr)
    return std::nullopt;
  result.elements =
    x.attached == nullptr
      ? payload
      : std::string_view{x.attached->data.get(), x.attached->size};
  return result;
}

} // namespace venomous::detail
