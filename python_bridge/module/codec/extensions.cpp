#include "python_bridge/module/codec/extensions.hpp"

#include "python_bridge/module/codec/array.hpp"
#include "python_bridge/module/codec/custom.hpp"
#include "python_bridge/module/codec/kept.hpp"
#include "python_bridge/module/codec/opaque.hpp"
#include "python_bridge/module/codec/standard.hpp"

#include <algorithm>
#include <iterator>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

py::object make_integer(std::string_view payload) {
  if (payload.empty())
    throw undecodable{"an empty extension"};
  auto bytes = py::bytes(payload.data(), payload.size());
  auto type = py::handle(reinterpret_cast<PyObject*>(&PyLong_Type));
  return type.attr("from_bytes")(bytes, "big", py::arg("signed") = true);
}

constexpr extension extensions[] = {
  {ext_type::integer, make_integer, nullptr},
  // The decoder makes it itself.
  {ext_type::tuple, nullptr, nullptr},
  {ext_type::array, make_array, nullptr},
  {ext_type::attached_array, nullptr, nullptr, make_attached_array},
  {ext_type::set, nullptr, make_set},
  {ext_type::frozenset, nullptr, make_frozenset},
  {ext_type::complex, make_complex, nullptr},
  {ext_type::bytearray, make_bytearray, nullptr},
  {ext_type::range, nullptr, make_range},
  {ext_type::date, make_date, nullptr},
  {ext_type::time, make_time, nullptr},
  {ext_type::datetime, make_datetime, nullptr},
  {ext_type::timedelta, make_timedelta, nullptr},
  {ext_type::decimal, make_decimal, nullptr},
  {ext_type::uuid, make_uuid, nullptr},
  {ext_type::path, make_path, nullptr},
  {ext_type::enumeration, nullptr, make_enumeration},
  {ext_type::named_tuple, nullptr, make_named_tuple},
  {ext_type::tagged, nullptr, make_tagged},
  {ext_type::kept, make_kept, nullptr},
  {ext_type::opaque, nullptr, nullptr, nullptr, make_opaque},
};

} // namespace

const extension* find_extension(int8_t type) {
  auto same = [type](const extension& x) {
    return static_cast<int8_t>(x.type) == type;
  };
  auto found = std::ranges::find_if(extensions, same);
  return found == std::end(extensions) ? nullptr : &*found;
}

} // namespace venomous::bridge
