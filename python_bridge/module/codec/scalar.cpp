#include "python_bridge/module/codec/scalar.hpp"

#include "python_bridge/module/codec/codec.hpp"

#include "python_bridge/wire/payload.hpp"

#include <bit>
#include <concepts>
#include <cstdint>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

// Each of these takes the data of a tag off the front of `rest`. Null means
// that the data is cut off, or is not UTF-8.

template <std::integral T>
py::object take_integer(std::string_view& rest) {
  std::make_unsigned_t<T> bits = 0;
  if (!wire::take_bits(rest, bits))
    return {};
  // Faster than the function for larger numbers.
  if (std::in_range<long>(static_cast<T>(bits)))
    return own(PyLong_FromLong(static_cast<T>(bits)));
  return own(PyLong_FromUnsignedLongLong(bits));
}

py::object take_float(std::string_view& rest) {
  uint64_t bits = 0;
  if (!wire::take_bits(rest, bits))
    return {};
  return own(PyFloat_FromDouble(std::bit_cast<double>(bits)));
}

py::object take_str(std::string_view& rest, size_t size) {
  if (rest.size() < size)
    return {};
  auto* str =
    PyUnicode_DecodeUTF8(rest.data(), static_cast<Py_ssize_t>(size), nullptr);
  if (str == nullptr && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
    PyErr_Clear();
    return {};
  }
  rest.remove_prefix(size);
  return own(str);
}

template <std::unsigned_integral Size>
py::object take_sized_str(std::string_view& rest) {
  Size size = 0;
  return wire::take_bits(rest, size) ? take_str(rest, size) : py::object{};
}

py::object take_scalar(std::string_view& rest) {
  uint8_t tag = 0;
  if (!wire::take_bits(rest, tag))
    return {};
  if (tag < 0x80 || tag >= 0xe0)
    return own(PyLong_FromLong(static_cast<int8_t>(tag)));
  if (tag >= 0xa0 && tag < 0xc0)
    return take_str(rest, tag & 0x1f);
  switch (tag) {
  case 0xc0:
    return py::none();
  case 0xc2:
  case 0xc3:
    return py::bool_(tag == 0xc3);
  case 0xcb:
    return take_float(rest);
  case 0xcc:
    return take_integer<uint8_t>(rest);
  case 0xcd:
    return take_integer<uint16_t>(rest);
  case 0xce:
    return take_integer<uint32_t>(rest);
  case 0xcf:
    return take_integer<uint64_t>(rest);
  case 0xd0:
    return take_integer<int8_t>(rest);
  case 0xd1:
    return take_integer<int16_t>(rest);
  case 0xd2:
    return take_integer<int32_t>(rest);
  case 0xd3:
    return take_integer<int64_t>(rest);
  case 0xd9:
    return take_sized_str<uint8_t>(rest);
  case 0xda:
    return take_sized_str<uint16_t>(rest);
  case 0xdb:
    return take_sized_str<uint32_t>(rest);
  default:
    return {};
  }
}

} // namespace

py::object decode_scalar(std::string_view bytes, size_t& offset) {
  auto rest = bytes.substr(offset);
  auto result = take_scalar(rest);
  if (result)
    offset = bytes.size() - rest.size();
  return result;
}

} // namespace venomous::bridge
