#include "number.hpp"

#include "codec.hpp"

#include <bit>
#include <cstdint>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

constexpr uint8_t float64_tag = 0xCB;
constexpr uint8_t first_unsigned_tag = 0xCC;
constexpr uint8_t first_signed_tag = 0xD0;
constexpr uint8_t last_signed_tag = 0xD3;

/// Returns how many bytes follow `tag`, or 0 if it is none of a number.
size_t size_behind(uint8_t tag) {
  if (tag == float64_tag)
    return 8;
  if (tag < first_unsigned_tag || tag > last_signed_tag)
    return 0;
  return size_t{1} << (tag % 4);
}

} // namespace

py::object decode_number(std::string_view bytes) {
  if (bytes.empty())
    return {};
  auto tag = static_cast<uint8_t>(bytes[0]);
  if (bytes.size() == 1 && (tag < 0x80 || tag >= 0xE0))
    return own(PyLong_FromLong(static_cast<int8_t>(tag)));
  auto size = size_behind(tag);
  if (size == 0 || bytes.size() != 1 + size)
    return {};
  uint64_t bits = 0;
  for (auto byte : bytes.substr(1))
    bits = bits << 8 | static_cast<uint8_t>(byte);
  if (tag == float64_tag)
    return own(PyFloat_FromDouble(std::bit_cast<double>(bits)));
  if (tag < first_signed_tag)
    return own(PyLong_FromUnsignedLongLong(bits));
  auto unused = 64 - 8 * size;
  return own(
    PyLong_FromLongLong(static_cast<int64_t>(bits << unused) >> unused));
}

} // namespace venomous::bridge
