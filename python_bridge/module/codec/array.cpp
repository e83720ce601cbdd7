#include "python_bridge/module/codec/array.hpp"

#include "python_bridge/module/codec/block.hpp"
#include "python_bridge/module/codec/format.hpp"
#include "python_bridge/module/codec/standard.hpp"

#include "python_bridge/wire/array_header.hpp"

#include "venomous/detail/attachment.hpp"

#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

// -- numpy --------------------------------------------------------------------

/// The parts of numpy that are needed. Lives as long as the interpreter.
struct numpy {
  PyObject* array;
  PyObject* dtype;
  PyObject* generic;
  PyObject* memmap;
  PyObject* as_array;
};

bool is_loaded(const char* module) {
  return PyDict_GetItemString(PyImport_GetModuleDict(), module) != nullptr;
}

numpy load_numpy(const py::module_& module) {
  auto get = [&](const char* name) {
    return py::object{module.attr(name)}.release().ptr();
  };
  return {get("ndarray"), get("dtype"), get("generic"), get("memmap"),
          get("asarray")};
}

/// Returns numpy, importing it if necessary, or null if it is missing.
const numpy* find_numpy() {
  static numpy found;
  static auto is_found = false;
  static auto is_missing = false;
  if (is_found || is_missing)
    return is_found ? &found : nullptr;
  try {
    found = load_numpy(py::module_::import("numpy"));
    is_found = true;
    return &found;
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_ImportError))
      throw;
    is_missing = true;
    return nullptr;
  }
}

// -- reading ------------------------------------------------------------------

std::string text_of(py::handle str) {
  return str.cast<std::string>();
}

py::tuple to_tuple(const std::vector<size_t>& shape) {
  py::tuple result(shape.size());
  for (size_t i = 0; i < shape.size(); ++i)
    result[i] = py::int_(shape[i]);
  return result;
}

py::object to_dtype(const numpy& np, const dtype& type) {
  auto make = py::handle{np.dtype};
  if (!type.is_structured())
    return make(to_string(type));
  py::list names, formats, offsets;
  for (auto& x : type.fields()) {
    names.append(x.name);
    auto plain = to_dtype(np, x.type);
    auto whole =
      x.shape.empty() ? plain : make(py::make_tuple(plain, to_tuple(x.shape)));
    formats.append(whole);
    offsets.append(x.offset);
  }
  using namespace py::literals;
  return make(py::dict("names"_a = names, "formats"_a = formats,
                       "offsets"_a = offsets, "itemsize"_a = type.itemsize()));
}

py::object to_numpy(const numpy& np, const array_header& head, memory bytes) {
  using namespace py::literals;
  auto order = head.has(array_header::fortran_order) ? "F" : "C";
  auto block = make_block(std::move(bytes));
  try {
    auto array =
      py::handle{np.array}(to_tuple(head.shape), to_dtype(np, head.type),
                           "buffer"_a = block, "order"_a = order);
    return head.has(array_header::scalar) ? array[py::tuple{}] : array;
  } catch (py::error_already_set& error) {
    // numpy has rules of its own about names, sizes and units.
    if (error.matches(PyExc_ValueError) || error.matches(PyExc_TypeError))
      throw undecodable{"an array of dtype " + to_string(head.type)
                        + ", which numpy cannot make"};
    throw;
  }
}

layout layout_of(const array_header& head) {
  layout result;
  result.format = format_of(head.type);
  result.itemsize = static_cast<Py_ssize_t>(head.type.itemsize());
  result.shape.assign(head.shape.begin(), head.shape.end());
  result.strides = packed_strides(head.type.itemsize(), head.shape,
                                  head.has(array_header::fortran_order));
  result.read_only = head.has(array_header::read_only);
  return result;
}

py::object to_memoryview(const array_header& head, memory bytes) {
  auto block = make_block(std::move(bytes), layout_of(head));
  return own(PyMemoryView_FromObject(block.ptr()));
}

/// Returns the memory of the elements, shared if possible.
memory elements_of(const incoming_attachment& x) {
  if (x.data == nullptr)
    throw std::bad_alloc{};
  if (x.owner == nullptr)
    return copy_of(x.data, x.size);
  return {{x.owner, x.data}, x.size};
}

py::object make(const array_header& head, memory bytes) {
  auto* np = head.has(array_header::memoryview) ? nullptr : find_numpy();
  return np == nullptr ? to_memoryview(head, std::move(bytes))
                       : to_numpy(*np, head, std::move(bytes));
}

// -- writing ------------------------------------------------------------------

/// The content of the capsule in version 3 of the array protocol.
struct array_interface {
  int two;
  int nd;
  char kind;
  int itemsize;
  int flags;
  Py_intptr_t* shape;
  Py_intptr_t* strides;
  void* data;
  PyObject* description;
};

/// Writes the header and the elements, which `owner` keeps alive.
void put_elements(encoder& out, const array_header& head, py::object owner,
                  const void* data, const step* at) {
  std::string header;
  head.write(header);
  auto* bytes = static_cast<const char*>(data);
  if (!out.takes_attachments() || head.nbytes < venomous::min_attachment)
    return out.put_payload(ext_type::array, header, {bytes, head.nbytes}, at);
  out.put_payload(ext_type::attached_array, header, at);
  out.attach(std::move(owner), bytes, head.nbytes);
}

/// Determines the size of the elements before copying any.
void measure(encoder& out, array_header& head, const step* at) {
  if (head.shape.size() > array_header::max_dimensions)
    out.fail(at, "is an array of too many dimensions");
  auto size = bytes_in_shape(head.type.itemsize(), head.shape);
  if (!size)
    out.fail(at, "is an array larger than memory");
  out.require(*size);
  head.nbytes = *size;
}

std::vector<size_t> to_shape(py::handle tuple) {
  return tuple.cast<std::vector<size_t>>();
}

std::optional<dtype> from_dtype(py::handle x);

std::optional<dtype> from_fields(py::handle x) {
  std::vector<dtype::field> fields;
  auto by_name = x.attr("fields");
  for (auto name : x.attr("names")) {
    auto entry = by_name[name];
    py::object type = entry[py::int_(0)];
    std::vector<size_t> shape;
    if (auto sub = type.attr("subdtype"); !sub.is_none()) {
      shape = to_shape(sub[py::int_(1)]);
      type = sub[py::int_(0)];
    }
    auto its_dtype = from_dtype(type);
    if (!its_dtype)
      return std::nullopt;
    fields.push_back({text_of(name), *std::move(its_dtype),
                      entry[py::int_(1)].cast<size_t>(), std::move(shape)});
  }
  return dtype::structured(std::move(fields),
                           x.attr("itemsize").cast<size_t>());
}

/// The dtype string of a foreign type tells only its size.
bool is_of_somebody_else(py::handle type) {
  return type.attr("isbuiltin").cast<int>() == 2;
}

/// Returns nothing for a type that holds objects.
std::optional<dtype> from_dtype(py::handle x) {
  if (!x.attr("names").is_none())
    return from_fields(x);
  if (is_of_somebody_else(x))
    return std::nullopt;
  return dtype::from_text(text_of(x.attr("str")));
}

[[noreturn]] void fail_with_dtype(encoder& out, py::handle x, const step* at) {
  out.fail(at, "is an array of dtype " + text_of(py::str(x.attr("dtype"))));
}

/// Converts elements of ml_dtypes, for example bfloat16, to a numpy type with
/// the same values. Other libraries may call a cast safe that is not.
std::optional<py::object> widened(const py::object& x) {
  auto type = x.attr("dtype");
  if (!is_of_somebody_else(type)
      || text_of(type.attr("type").attr("__module__")) != "ml_dtypes")
    return std::nullopt;
  auto is_safe = imported("numpy", "can_cast");
  for (auto* wider : {"u1", "i1", "f4"})
    if (is_safe(type, wider).cast<bool>())
      return x.attr("astype")(wider);
  return std::nullopt;
}

/// Writes a numpy array.
void put_numpy(encoder& out, py::object x, uint32_t flags, const step* at) {
  auto type = from_dtype(x.attr("dtype"));
  if (!type) {
    if (auto wider = widened(x))
      return put_numpy(out, *std::move(wider), flags, at);
    fail_with_dtype(out, x, at);
  }
  auto capsule = py::object{x.attr("__array_struct__")};
  auto* seen =
    static_cast<array_interface*>(PyCapsule_GetPointer(capsule.ptr(), nullptr));
  if (seen == nullptr)
    throw py::error_already_set{};
  array_header head;
  head.type = *std::move(type);
  head.flags = flags;
  head.shape.assign(seen->shape, seen->shape + seen->nd);
  measure(out, head, at);
  // The flags do not tell: numpy 1.24 sets none for structured types.
  auto is_packed = [&](bool fortran_order) {
    return are_packed({seen->strides, head.shape.size()}, head.type.itemsize(),
                      head.shape, fortran_order);
  };
  if (!is_packed(false)) {
    if (!is_packed(true))
      return put_numpy(out, x.attr("copy")("C"), flags, at);
    head.flags |= array_header::fortran_order;
  }
  put_elements(out, head, std::move(x), seen->data, at);
}

void put_array(encoder& out, PyObject* x, const step* at) {
  put_numpy(out, py::reinterpret_borrow<py::object>(x), 0, at);
}

void put_scalar(encoder& out, PyObject* x, const step* at) {
  auto array = py::handle{find_numpy()->as_array}(py::handle{x});
  put_numpy(out, array, array_header::scalar, at);
}

void put_tensor(encoder& out, PyObject* x, const step* at) {
  auto count = py::handle{x}.attr("numel")().cast<size_t>();
  out.require(count * py::handle{x}.attr("element_size")().cast<size_t>());
  auto here = py::handle{x}.attr("detach")().attr("cpu")();
  auto plain = here.attr("resolve_conj")().attr("resolve_neg")();
  // Every bfloat16 is a float32, which numpy supports.
  if (py::object{plain.attr("dtype")}.is(imported("torch", "bfloat16")))
    plain = plain.attr("float")();
  py::object array;
  try {
    array = plain.attr("numpy")();
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_TypeError))
      throw;
    out.fail(at, "is a tensor of " + text_of(py::str(plain.attr("dtype"))));
  }
  put_numpy(out, array, 0, at);
}

/// A view that must be released.
class held_buffer {
public:
  explicit held_buffer(PyObject* x) {
    if (PyObject_GetBuffer(x, &view, PyBUF_FULL_RO) != 0)
      throw py::error_already_set{};
  }

  held_buffer(const held_buffer&) = delete;

  held_buffer& operator=(const held_buffer&) = delete;

  ~held_buffer() {
    PyBuffer_Release(&view);
  }

  Py_buffer view;
};

dtype dtype_of_view(encoder& out, PyObject* x, const Py_buffer& view,
                    const step* at) {
  auto format = std::string{view.format == nullptr ? "B" : view.format};
  auto size = static_cast<size_t>(view.itemsize);
  if (auto simple = simple_dtype(format, size))
    return *simple;
  if (auto* np = find_numpy())
    if (auto type =
          from_dtype(py::handle{np->as_array}(py::handle{x}).attr("dtype")))
      return *std::move(type);
  out.fail(at, "is a memoryview of the format " + format);
}

/// Writes an object that has a buffer.
void put_buffer(encoder& out, PyObject* x, uint32_t flags, const step* at) {
  held_buffer buffer{x};
  auto& view = buffer.view;
  array_header head;
  head.type = dtype_of_view(out, x, view, at);
  head.flags = flags;
  if (view.readonly != 0 && head.has(array_header::memoryview))
    head.flags |= array_header::read_only;
  head.shape.assign(view.shape, view.shape + view.ndim);
  measure(out, head, at);
  auto fortran = PyBuffer_IsContiguous(&view, 'C') == 0
                 && PyBuffer_IsContiguous(&view, 'F') != 0;
  if (fortran)
    head.flags |= array_header::fortran_order;
  if (fortran || PyBuffer_IsContiguous(&view, 'C') != 0)
    // A separate view, because the user may release the other one.
    return put_elements(out, head, own(PyMemoryView_FromObject(x)), view.buf,
                        at);
  auto packed = own(PyBytes_FromStringAndSize(nullptr, view.len));
  auto* bytes = PyBytes_AS_STRING(packed.ptr());
  venomous::detail::want_huge_pages(bytes, static_cast<size_t>(view.len));
  if (PyBuffer_ToContiguous(bytes, &view, view.len, 'C') != 0)
    throw py::error_already_set{};
  put_elements(out, head, std::move(packed), bytes, at);
}

void put_memoryview(encoder& out, PyObject* x, const step* at) {
  put_buffer(out, x, array_header::memoryview, at);
}

/// Writes an `array.array`.
void put_standard_array(encoder& out, PyObject* x, const step* at) {
  put_buffer(out, x, 0, at);
}

bool is_subtype(PyTypeObject* type, PyObject* base) {
  return PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(base)) != 0;
}

} // namespace

py::object make_array(std::string_view payload) {
  array_header head;
  if (auto* wrong = head.read(payload))
    throw undecodable{wrong};
  return make(head, copy_of(payload.data(), payload.size()));
}

py::object make_attached_array(std::string_view payload,
                               incoming_attachment& elements) {
  array_header head;
  if (auto* wrong = head.read(payload, elements.size))
    throw undecodable{wrong};
  auto bytes = elements_of(elements);
  // From here on the array owns it.
  elements.owner.reset();
  return make(head, std::move(bytes));
}

put_function find_array(PyTypeObject* type) {
  if (type == &PyMemoryView_Type)
    return put_memoryview;
  if (type == loaded_type("array", "array"))
    return put_standard_array;
  // There are no numpy objects before numpy is imported.
  if (auto* np = is_loaded("numpy") ? find_numpy() : nullptr) {
    auto* object = reinterpret_cast<PyObject*>(type);
    if (object == np->array || object == np->memmap
        || type == loaded_type("numpy", "recarray")
        || type == loaded_type("numpy", "matrix"))
      return put_array;
    if (is_subtype(type, np->generic))
      return put_scalar;
  }
  if (auto* tensor = loaded_type("torch", "Tensor");
      tensor != nullptr && PyType_IsSubtype(type, tensor) != 0)
    return put_tensor;
  return nullptr;
}

} // namespace venomous::bridge
