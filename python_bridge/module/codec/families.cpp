#include "python_bridge/module/codec/families.hpp"

#include <unordered_map>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

using family = put_function (*)(PyTypeObject* type);

/// In the order in which they are tried: the codecs of the user first.
constexpr family families[] = {
  find_custom,        find_array,  find_masked_array, find_set,
  find_number,        find_time,   find_octets,       find_collection,
  find_class_by_name, find_record, find_kept,         find_frame,
};

using table = std::unordered_map<PyTypeObject*, put_function>;

table& known() {
  // Never destroyed: the interpreter may be gone before static objects are.
  static auto* instance = new table;
  return *instance;
}

} // namespace

put_function find_put(PyTypeObject* type) {
  auto& all = known();
  if (auto found = all.find(type); found != all.end())
    return found->second;
  for (auto ask : families) {
    auto put = ask(type);
    if (put == nullptr)
      continue;
    // Kept alive, so that no other type gets the same address.
    Py_INCREF(type);
    return all[type] = put;
  }
  return nullptr;
}

void forget_puts() {
  for (auto& [type, put] : std::exchange(known(), {}))
    Py_DECREF(type);
}

} // namespace venomous::bridge
