#include "venomous/masked_array.hpp"

namespace venomous {

namespace {

constexpr std::string_view class_name = "numpy.ma:MaskedArray";
constexpr std::string_view field_names = "data mask fill_value";

/// Reads the fields of `head`.
bool get_fields(decoder& in, detail::item& head, masked_array& result) {
  std::string_view names;
  if (!in.next_fields(head, names))
    return false;
  if (names != field_names || head.count != 3)
    return in.mismatch("masked array", head);
  return in.each(head, [&](uint32_t i) {
    switch (i) {
    case 0:
      return in.get(result.data) || in.in_field("data");
    case 1:
      return in.get(result.mask) || in.in_field("mask");
    default:
      return in.get(result.fill_value) || in.in_field("fill_value");
    }
  });
}

} // namespace

void codec<masked_array>::encode(encoder& out, const masked_array& x) {
  out.put_elements(detail::kind::named_tuple, 5, [&] {
    out.put_str(class_name);
    out.put_str(field_names);
    out.put(x.data);
    out.put(x.mask);
    out.put(x.fill_value);
  });
}

bool codec<masked_array>::decode(decoder& in, masked_array& result) {
  detail::item head;
  if (!in.peek(head))
    return false;
  if (head.kind == detail::kind::named_tuple) {
    if (!in.next(head) || !get_fields(in, head, result))
      return false;
    return (result.mask.dtype() == dtype::of<bool>()
            && result.mask.shape() == result.data.shape())
           || in.mismatch("mask of bool in the shape of the array",
                          to_string(result.mask));
  }
  if (!in.get(result.data))
    return false;
  // Elements without a size could outnumber the bytes of the memory.
  if (result.data.dtype().itemsize() == 0)
    return in.mismatch("masked array", to_string(result.data));
  result.mask = ndarray::zeros(dtype::of<bool>(), result.data.shape());
  result.fill_value = {};
  return true;
}

} // namespace venomous
