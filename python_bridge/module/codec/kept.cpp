#include "python_bridge/module/codec/kept.hpp"

#include "python_bridge/os/random_number.hpp"

#include <cstring>
#include <utility>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

void put_kept(encoder& out, PyObject* x, const step* at) {
  auto& all = all_kept();
  if (!all.is_open())
    out.refuse(at, "is to be kept, which only the result of a call can be");
  auto& object = py::cast<kept&>(py::handle{x}).object;
  auto name = type_name(Py_TYPE(object.ptr()));
  uint64_t head[] = {all.key(), all.add(object)};
  std::string payload{reinterpret_cast<const char*>(head), sizeof(head)};
  out.put_payload(ext_type::kept, payload + name, at);
}

} // namespace

// -- kept_objects -------------------------------------------------------------

kept_objects::kept_objects() : key_(random_number()) {
  // nop
}

void kept_objects::begin() {
  open_ = true;
  added_.clear();
}

std::vector<py::object> kept_objects::end(bool commit) {
  std::vector<py::object> result;
  open_ = false;
  auto added = std::exchange(added_, {});
  if (commit)
    return result;
  for (auto number : added)
    if (auto found = all_.extract(number))
      result.push_back(std::move(found.mapped()));
  return result;
}

uint64_t kept_objects::add(py::object x) {
  all_.emplace(++last_, std::move(x));
  added_.push_back(last_);
  return last_;
}

py::object kept_objects::find(uint64_t number) const {
  auto found = all_.find(number);
  return found == all_.end() ? py::object{} : found->second;
}

std::vector<py::object> kept_objects::remove(std::string_view bytes) {
  std::vector<py::object> result;
  uint64_t number = 0;
  for (; bytes.size() >= sizeof(number); bytes.remove_prefix(sizeof(number))) {
    std::memcpy(&number, bytes.data(), sizeof(number));
    if (auto found = all_.extract(number))
      result.push_back(std::move(found.mapped()));
  }
  return result;
}

kept_objects& all_kept() {
  // Never destroyed: the interpreter may be gone before static objects are. Not
  // made before the fork either: each snake has a key of its own.
  static auto* instance = new kept_objects;
  return *instance;
}

// -- on the wire --------------------------------------------------------------

put_function find_kept(PyTypeObject* type) {
  auto own = py::type::of<kept>();
  return reinterpret_cast<PyObject*>(type) == own.ptr() ? put_kept : nullptr;
}

py::object make_kept(std::string_view payload) {
  uint64_t head[2] = {};
  if (payload.size() < sizeof(head))
    throw undecodable{"a kept object that is cut off"};
  std::memcpy(head, payload.data(), sizeof(head));
  if (head[0] == 0)
    throw undecodable{"a kept object whose reference was lost on its way"};
  auto result =
    head[0] == all_kept().key() ? all_kept().find(head[1]) : py::object{};
  if (!result)
    throw undecodable{"a kept object that is not here"};
  return result;
}

void register_kept(py::module_& m) {
  py::class_<kept>(m, "Kept")
    .def(py::init<py::object>(), py::arg("object"))
    .def("__repr__", [](const kept& x) {
      return "<kept " + type_name(Py_TYPE(x.object.ptr())) + ">";
    });
  m.def("count_kept", [] { return all_kept().size(); });
}

} // namespace venomous::bridge
