#include "venomous/codec/array.hpp"

#include "venomous/encoder.hpp"

#include "python_bridge/values/array_item.hpp"
#include "python_bridge/wire/array_header.hpp"
#include "python_bridge/wire/utf8.hpp"

#include <cmath>
#include <cstring>
#include <utility>

namespace venomous::detail {

namespace {

// -- numbers ------------------------------------------------------------------

template <class T>
T load(std::string_view bytes) {
  T result;
  std::memcpy(&result, bytes.data(), sizeof(T));
  return result;
}

void set_float(item& x, double number) {
  x.kind = kind::floating;
  x.floating = number;
  x.payload = {};
}

template <class T>
void set_integer(item& x, std::string_view bytes) {
  auto number = load<T>(bytes);
  x.kind = kind::integer;
  x.negative = number < 0;
  x.bits = static_cast<uint64_t>(number);
  x.payload = {};
}

double half_to_double(uint16_t bits) {
  auto exponent = bits >> 10 & 0x1f;
  auto fraction = bits & 0x3ff;
  auto magnitude = exponent == 0 ? std::ldexp(fraction, -24)
                   : exponent < 0x1f
                     ? std::ldexp(fraction | 0x400, exponent - 25)
                   : fraction == 0 ? std::numeric_limits<double>::infinity()
                                   : std::numeric_limits<double>::quiet_NaN();
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

bool make_integer(item& x, char type, std::string_view bytes) {
  auto is = [&](char kind, size_t size) {
    return type == kind && bytes.size() == size;
  };
  if (is('i', 8))
    set_integer<int64_t>(x, bytes);
  else if (is('i', 4))
    set_integer<int32_t>(x, bytes);
  else if (is('i', 2))
    set_integer<int16_t>(x, bytes);
  else if (is('i', 1))
    set_integer<int8_t>(x, bytes);
  else if (is('u', 8))
    set_integer<uint64_t>(x, bytes);
  else if (is('u', 4))
    set_integer<uint32_t>(x, bytes);
  else if (is('u', 2))
    set_integer<uint16_t>(x, bytes);
  else if (is('u', 1))
    set_integer<uint8_t>(x, bytes);
  else
    return false;
  return true;
}

/// Turns `x` into a number, if C++ has a number type for all values of that
/// element type.
bool make_number(item& x, char type, std::string_view bytes) {
  if (type == 'b') {
    x.kind = kind::boolean;
    x.boolean = bytes[0] != 0;
    x.payload = {};
  } else if (type != 'f') {
    return make_integer(x, type, bytes);
  } else if (bytes.size() == sizeof(double)) {
    set_float(x, load<double>(bytes));
  } else if (bytes.size() == sizeof(float)) {
    set_float(x, load<float>(bytes));
  } else if (bytes.size() == sizeof(half)) {
    set_float(x, half_to_double(load<uint16_t>(bytes)));
  } else {
    return false;
  }
  return true;
}

bool make_number(item& x, const array_scalar& from) {
  return make_number(x, from.type.kind(), from.bytes);
}

// -- text ---------------------------------------------------------------------

/// Converts numpy's UTF-32 to UTF-8, without its trailing zeros.
bool make_text(std::string_view bytes, std::string& result) {
  result.clear();
  size_t size = 0;
  for (; bytes.size() >= sizeof(char32_t);
       bytes.remove_prefix(sizeof(char32_t))) {
    auto character = load<uint32_t>(bytes);
    if (!put_utf8(result, character))
      return false;
    size = character == 0 ? size : result.size();
  }
  result.resize(size);
  return true;
}

/// Returns numpy's bytes without the trailing zeros, which pad the element.
std::string_view without_fill(std::string_view bytes) {
  auto last = bytes.find_last_not_of('\0');
  return bytes.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// -- arrays without dimensions ------------------------------------------------

array_scalar to_scalar(const array_item& x) {
  array_scalar result{x.head.type, std::string{x.elements}};
  if (!result.type.is_native())
    swap_bytes(result.type, result.bytes);
  return result;
}

} // namespace

std::optional<array_scalar> scalar_of(const item& x) {
  auto array = array_item::from(x);
  if (!array || !array->head.shape.empty())
    return std::nullopt;
  return to_scalar(*array);
}

kind element_kind(const item& x) {
  auto array = array_item::from(x);
  if (!array || !array->head.shape.empty())
    return x.kind;
  switch (array->head.type.kind()) {
  case 'b':
    return kind::boolean;
  case 'i':
  case 'u':
    return kind::integer;
  case 'f':
    return kind::floating;
  case 'c':
    return kind::complex;
  case 'U':
    return kind::string;
  case 'S':
    return kind::bytes;
  case 'M':
    return kind::datetime;
  case 'm':
    return kind::timedelta;
  default:
    return x.kind;
  }
}

void unwrap_scalar(item& x) {
  auto array = array_item::from(x);
  auto is_number = [](char kind) {
    return std::string_view{"biuf"}.find(kind) != std::string_view::npos;
  };
  if (!array || !array->head.has(array_header::scalar)
      || !is_number(array->head.type.kind()))
    return;
  auto scalar = to_scalar(*array);
  if (make_number(x, scalar))
    return;
  auto number = load<long double>(scalar.bytes);
  auto rounded = static_cast<double>(number);
  if (rounded == number || std::isnan(number))
    set_float(x, rounded);
}

bool unwrap_element(decoder& in, item& x) {
  auto scalar = scalar_of(x);
  if (!scalar || make_number(x, *scalar) || scalar->type.kind() != 'f')
    return true;
  auto number = load<long double>(scalar->bytes);
  auto rounded = static_cast<double>(number);
  if (std::isinf(rounded) && !std::isinf(number))
    return in.mismatch("float", "longdouble beyond it");
  set_float(x, rounded);
  return true;
}

bool get_string(decoder& in, std::string& result) {
  item x;
  if (!in.next(x))
    return false;
  if (x.kind == kind::string) {
    assign(result, x.payload.data(), x.payload.size());
    return true;
  }
  auto scalar = scalar_of(x);
  if (scalar && scalar->type.kind() == 'U')
    return make_text(scalar->bytes, result)
           || in.mismatch("str", "one with surrogates");
  if (!scalar || scalar->type.kind() != 'S')
    return in.mismatch("str", x);
  result = without_fill(scalar->bytes);
  return is_utf8(result) || in.mismatch("str", "bytes that are no UTF-8");
}

bool next_bytes(decoder& in, item& x) {
  if (!in.next(x))
    return false;
  if (x.kind == kind::bytes || x.kind == kind::bytearray)
    return true;
  auto array = array_item::from(x);
  auto is_text =
    array && array->head.shape.empty() && array->head.type.kind() == 'S';
  auto are_bytes = array && array->head.shape.size() == 1
                   && array->head.type == dtype::of<std::byte>();
  if (!is_text && !are_bytes)
    return in.mismatch("bytes", x);
  x.payload = is_text ? without_fill(array->elements) : array->elements;
  return true;
}

// -- arrays of one dimension --------------------------------------------------

bool next_elements(decoder& in, packed_elements& result) {
  item x;
  if (!in.next(x, kind::array, "array"))
    return false;
  array_header head;
  if (auto wrong = head.read(x.payload, attached_size(x)))
    return in.malformed(wrong);
  if (head.shape.size() != 1)
    return in.mismatch("array of 1 dimensions",
                       "shape " + shape_text(head.shape));
  // The size of the data would not limit their number.
  if (head.type.itemsize() == 0 && head.shape[0] > 0)
    return in.mismatch("array whose elements have a size",
                       array_text(head.type, head.shape));
  if (x.attached != nullptr)
    result.data = {x.attached->data, x.attached->data.get()};
  else
    result.data = {in.owner(), x.payload.data()};
  result.type = std::move(head.type);
  result.count = head.shape[0];
  return true;
}

void copy_native(const packed_elements& xs, size_t first, size_t count,
                 void* to) {
  auto itemsize = xs.type.itemsize();
  if (count == 0)
    return;
  std::memcpy(to, xs.data.get() + first * itemsize, count * itemsize);
  if (!xs.type.is_native())
    swap_bytes(xs.type, {static_cast<char*>(to), count * itemsize});
}

element_encoder::element_encoder(const packed_elements& xs) : xs_(xs) {
  array_header head;
  head.type = xs.type;
  head.flags = array_header::scalar;
  std::string header;
  head.write(header);
  encoder out;
  out.put_payload(kind::array, header, std::string(xs.type.itemsize(), '\0'));
  scalar_ = out.take();
}

std::span<const char> element_encoder::encode(size_t index) {
  char bytes[sizeof(double)];
  auto size = xs_.type.itemsize();
  item number;
  if (size <= sizeof(bytes)) {
    copy_native(xs_, index, 1, bytes);
    if (make_number(number, xs_.type.kind(), {bytes, size}))
      return encode_number(number);
  }
  auto element = std::span{scalar_}.last(size);
  std::memcpy(element.data(), xs_.data.get() + index * size, size);
  return scalar_;
}

std::span<const char> element_encoder::encode_number(const item& x) {
  encoder out;
  if (x.kind == kind::boolean)
    out.put_bool(x.boolean);
  else if (x.kind == kind::floating)
    out.put_float(x.floating);
  else if (x.negative)
    out.put_int(static_cast<int64_t>(x.bits));
  else
    out.put_uint(x.bits);
  number_ = out.take();
  return number_;
}

std::string describe_array(const item& x) {
  auto array = array_item::from(x);
  return array ? array_text(array->head.type, array->head.shape)
               : "<malformed array>";
}

} // namespace venomous::detail
