#include "python_bridge/module/codec/families.hpp"
#include "python_bridge/module/codec/standard.hpp"

#include "python_bridge/wire/payload.hpp"

namespace py = pybind11;

namespace venomous::bridge {

namespace {

void put_complex(encoder& out, PyObject* x, const step* at) {
  auto number = PyComplex_AsCComplex(x);
  out.put_payload(ext_type::complex, wire::pack(number.real, number.imag), at);
}

/// Writes the result of `str`, which `Decimal` reads without loss.
void put_decimal(encoder& out, PyObject* x, const step* at) {
  auto text = own(PyObject_Str(x));
  Py_ssize_t size = 0;
  auto* digits = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
  if (digits == nullptr)
    throw py::error_already_set{};
  out.put_payload(ext_type::decimal, {digits, static_cast<size_t>(size)}, at);
}

/// Writes start, stop and step.
void put_range(encoder& out, PyObject* x, const step* at) {
  auto ends = py::handle(x);
  out.put_elements(
    ext_type::range,
    py::make_tuple(ends.attr("start"), ends.attr("stop"), ends.attr("step")),
    at);
}

} // namespace

put_function find_number(PyTypeObject* type) {
  if (type == &PyComplex_Type)
    return put_complex;
  if (type == &PyRange_Type)
    return put_range;
  return type == loaded_type("decimal", "Decimal") ? put_decimal : nullptr;
}

py::object make_complex(std::string_view payload) {
  double real = 0;
  double imag = 0;
  if (!wire::unpack(payload, real, imag))
    throw undecodable{"a complex that is not valid"};
  return own(PyComplex_FromDoubles(real, imag));
}

py::object make_decimal(std::string_view payload) {
  auto text = made("Decimal", [&] {
    return own(PyUnicode_DecodeASCII(
      payload.data(), static_cast<Py_ssize_t>(payload.size()), nullptr));
  });
  auto result =
    made("Decimal", [&] { return imported("decimal", "Decimal")(text); });
  // Text that is not a number is NaN if the function has switched that signal
  // off.
  if (payload.find_first_of("nN") == std::string_view::npos
      && result.attr("is_nan")().cast<bool>())
    throw undecodable{"a Decimal that is not valid"};
  return result;
}

py::object make_range(py::list elements) {
  if (elements.size() != 3)
    throw undecodable{"a range that is not start, stop and step"};
  for (auto end : elements)
    if (!PyLong_CheckExact(end.ptr()))
      throw undecodable{"a range of something other than ints"};
  auto type = py::handle(reinterpret_cast<PyObject*>(&PyRange_Type));
  return made("range", [&] { return type(*elements); });
}

} // namespace venomous::bridge
