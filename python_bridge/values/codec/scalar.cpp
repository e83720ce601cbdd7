#include "venomous/codec/scalar.hpp"

#include "venomous/value.hpp"

#include <cmath>

namespace venomous {

namespace detail {

bool exceeds(decoder& in, const item& x, std::string_view least,
             std::string_view most) {
  std::string expected = "int from ";
  expected += least;
  expected += " to ";
  expected += most;
  return in.mismatch(expected, to_string(x.integer(), 32));
}

bool get_float(decoder& in, double& result) {
  item x;
  if (!in.next(x) || (x.kind == kind::array && !unwrap_element(in, x)))
    return false;
  if (x.kind == kind::floating) {
    result = in.number(x.floating);
    return true;
  }
  if (x.kind != kind::integer)
    return in.mismatch("float", x);
  auto integer = x.integer();
  auto exact = integer.exact_double();
  if (!exact)
    return in.mismatch("float", "int " + to_string(integer, 32)
                                  + ", which no float is equal to");
  result = *exact;
  return true;
}

} // namespace detail

bool codec<float>::decode(decoder& in, float& result) {
  detail::item source;
  double x = 0;
  if (!in.peek(source) || !detail::get_float(in, x))
    return false;
  result = static_cast<float>(x);
  auto is_int = detail::element_kind(source) == detail::kind::integer;
  if ((is_int && result != x) || (std::isinf(result) && !std::isinf(x)))
    return in.mismatch("float of single precision", to_string(value{x}));
  return true;
}

} // namespace venomous
