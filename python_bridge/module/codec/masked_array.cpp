#include "python_bridge/module/codec/fielded.hpp"
#include "python_bridge/module/codec/standard.hpp"

namespace py = pybind11;

namespace venomous::bridge {

namespace {

constexpr auto class_name = "numpy.ma:MaskedArray";
constexpr auto field_names = "data mask fill_value";

/// Returns None for the default. Reading the default would set it, which the
/// constant `masked` does not permit, and it may be longer than an element.
py::object fill_value_of(py::handle array) {
  auto is_usual = array.attr("_fill_value").is_none();
  return is_usual ? py::none() : py::object{array.attr("fill_value")};
}

void put_masked_array(encoder& out, PyObject* x, const step* at) {
  auto array = py::handle(x);
  auto mask = imported("numpy.ma", "getmaskarray")(array);
  out.put_elements(ext_type::named_tuple,
                   py::make_tuple(class_name, field_names, array.attr("data"),
                                  mask, fill_value_of(array)),
                   at);
}

} // namespace

bool is_masked_array(py::handle type) {
  auto* masked = loaded_type("numpy.ma", "MaskedArray");
  return type.ptr() == reinterpret_cast<PyObject*>(masked);
}

put_function find_masked_array(PyTypeObject* type) {
  auto is_constant = type == loaded_type("numpy.ma.core", "MaskedConstant");
  auto object = py::handle(reinterpret_cast<PyObject*>(type));
  return is_constant || is_masked_array(object) ? put_masked_array : nullptr;
}

py::object make_masked_array(const py::object& names,
                             const py::object& fields) {
  if (!names.equal(py::str(field_names)) || py::len(fields) != 3)
    throw undecodable{"a masked array that is not data, mask and fill_value"};
  return made("masked array", [&] {
    using namespace py::literals;
    return imported("numpy.ma", "MaskedArray")(
      fields[py::int_(0)], "mask"_a = fields[py::int_(1)],
      "fill_value"_a = fields[py::int_(2)]);
  });
}

} // namespace venomous::bridge
