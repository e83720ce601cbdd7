#include "extensions.hpp"

#include "array.hpp"

#include <algorithm>
#include <iterator>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

py::object make_integer(std::string_view payload) {
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
