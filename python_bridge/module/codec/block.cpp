#include "python_bridge/module/codec/block.hpp"

#include "python_bridge/module/codec/codec.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

struct content {
  memory bytes;
  layout how;
};

struct block {
  PyObject head;
  content* held;
};

bool is_packed(const layout& x) {
  auto stride = x.itemsize;
  for (auto i = x.shape.size(); i-- > 0;) {
    if (x.shape[i] > 1 && x.strides[i] != stride)
      return false;
    stride *= std::max<Py_ssize_t>(x.shape[i], 1);
  }
  return true;
}

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  auto& [bytes, how] = *reinterpret_cast<block*>(self)->held;
  auto wants = [flags](int flag) {
    return (flags & flag) == flag;
  };
  if (how.read_only && wants(PyBUF_WRITABLE)) {
    PyErr_SetString(PyExc_BufferError, "the memory is read-only");
    return -1;
  }
  auto packed = is_packed(how);
  if (!packed && !wants(PyBUF_STRIDES)) {
    PyErr_SetString(PyExc_BufferError, "the memory is not in C order");
    return -1;
  }
  view->obj = Py_NewRef(self);
  view->buf = bytes.data.get();
  view->len = static_cast<Py_ssize_t>(bytes.size);
  view->itemsize = how.itemsize;
  view->readonly = how.read_only;
  view->format = wants(PyBUF_FORMAT) ? how.format.data() : nullptr;
  view->ndim = static_cast<int>(how.shape.size());
  view->shape = wants(PyBUF_ND) ? how.shape.data() : nullptr;
  view->strides = wants(PyBUF_STRIDES) ? how.strides.data() : nullptr;
  view->suboffsets = nullptr;
  view->internal = nullptr;
  return 0;
}

void deallocate(PyObject* self) {
  auto* type = Py_TYPE(self);
  delete reinterpret_cast<block*>(self)->held;
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* make_type() {
  PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
    {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
    {0, nullptr},
  };
  PyType_Spec spec{"venomous._bridge.Block", sizeof(block), 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                   slots};
  return own(PyType_FromSpec(&spec)).release().ptr();
}

} // namespace

memory copy_of(const char* data, size_t size) {
  constexpr size_t alignment = 64;
  auto rounded =
    (std::max<size_t>(size, 1) + alignment - 1) / alignment * alignment;
  auto* bytes = static_cast<char*>(std::aligned_alloc(alignment, rounded));
  if (bytes == nullptr)
    throw std::bad_alloc{};
  std::shared_ptr<char> owner{bytes, std::free};
  if (size > 0)
    std::memcpy(bytes, data, size);
  return {std::move(owner), size};
}

py::object make_block(memory bytes, layout how) {
  static auto* type = reinterpret_cast<PyTypeObject*>(make_type());
  auto held =
    std::make_unique<content>(content{std::move(bytes), std::move(how)});
  auto result = own(type->tp_alloc(type, 0));
  reinterpret_cast<block*>(result.ptr())->held = held.release();
  return result;
}

py::object make_block(memory bytes) {
  layout how;
  how.shape = {static_cast<Py_ssize_t>(bytes.size)};
  how.strides = {1};
  return make_block(std::move(bytes), std::move(how));
}

} // namespace venomous::bridge
