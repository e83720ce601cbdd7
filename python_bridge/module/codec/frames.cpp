#include "python_bridge/module/codec/families.hpp"
#include "python_bridge/module/codec/standard.hpp"
#include "python_bridge/module/codec/twin.hpp"

#include <string_view>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

struct name_of_type {
  const char* module;
  const char* name;
};

/// The types that `venomous.frames` knows.
constexpr name_of_type types[] = {
  {"pandas", "DataFrame"},     {"pandas", "Series"},
  {"pandas", "Timestamp"},     {"pandas", "Timedelta"},
  {"polars", "DataFrame"},     {"polars", "Series"},
  {"pyarrow", "Table"},        {"pyarrow", "RecordBatch"},
  {"pyarrow", "ChunkedArray"},
};

void put_twin(encoder& out, PyObject* x, const step* at) {
  out.put_instead(twin_of("venomous.frames", out, x, at).ptr(), at);
}

} // namespace

put_function find_frame(PyTypeObject* type) {
  for (auto& x : types)
    if (type == loaded_type(x.module, x.name))
      return put_twin;
  // pyarrow has a subclass for each element type.
  auto* array = loaded_type("pyarrow", "Array");
  return array != nullptr && PyType_IsSubtype(type, array) ? put_twin : nullptr;
}

} // namespace venomous::bridge
