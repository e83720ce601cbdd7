#include "records.hpp"

#include "codec.hpp"
#include "families.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

// -- plans --------------------------------------------------------------------

/// What is known of a function. It is not kept alive by that.
struct known_function {
  py::object reference;
  /// None if nothing is to be done.
  py::object plan;

  PyObject* function() const {
    return PyWeakref_GetObject(reference.ptr());
  }
};

/// The plans of all functions with annotations that were called.
class plan_table {
public:
  /// @param bound whether `func` is called as a method.
  const py::object& find(PyObject* func, bool bound) {
    // A function is no neighbor of another one: there is room for the bit.
    auto key = reinterpret_cast<uintptr_t>(func) | uintptr_t{bound};
    auto found = known_.find(key);
    if (found != known_.end() && found->second.function() == func)
      return found->second.plan;
    forget_dead();
    auto plan = py::module_::import("venomous.plans")
                  .attr("plan_of")(py::handle(func), bound);
    auto reference = own(PyWeakref_NewRef(func, nullptr));
    return (known_[key] = {std::move(reference), std::move(plan)}).plan;
  }

private:
  /// Makes sure that functions without end do not take memory without end.
  void forget_dead() {
    if (known_.size() < limit_)
      return;
    std::erase_if(known_,
                  [](auto& x) { return x.second.function() == Py_None; });
    limit_ = std::max(first_limit, known_.size() * 2);
  }

  static constexpr size_t first_limit = 256;

  std::unordered_map<uintptr_t, known_function> known_;
  size_t limit_ = first_limit;
};

/// Returns what converts the arguments of `func`, None if nothing does.
py::object plan_of(py::handle func) {
  // Never destroyed: the interpreter may be gone before static objects are.
  static auto* plans = new plan_table;
  auto bound = PyMethod_Check(func.ptr()) != 0;
  auto* plain = bound ? PyMethod_GET_FUNCTION(func.ptr()) : func.ptr();
  if (!PyFunction_Check(plain))
    return py::none();
  auto* annotations = PyFunction_GetAnnotations(plain);
  if (annotations == nullptr || PyDict_Size(annotations) <= 0) {
    PyErr_Clear();
    return py::none();
  }
  return plans->find(plain, bound);
}

void apply(py::handle plan, py::handle args, py::handle kwargs) {
  gc_pause guard;
  try {
    plan(args, kwargs);
  } catch (const py::error_already_set& error) {
    auto bridge = py::module_::import("venomous._bridge");
    if (!error.matches(bridge.attr("Undecodable")))
      throw;
    throw undecodable{py::str(error.value()).cast<std::string>()};
  }
}

// -- the way back -------------------------------------------------------------

/// What is sent of objects of a type, see `venomous/sent.py`.
struct sent {
  py::object names;
  py::object more;
  py::object instead;
};

/// That of each type that a way was found for.
std::unordered_map<PyTypeObject*, sent>& all_sent() {
  static auto* instance = new std::unordered_map<PyTypeObject*, sent>;
  return *instance;
}

/// Whether a class says of itself that it is a record. Runs no code of the
/// user, not even of a metaclass.
bool claims_to_be_record(PyTypeObject* type) {
  auto has = [type](const char* name) {
    return _PyType_Lookup(type, py::str(name).ptr()) != nullptr;
  };
  return has("__dataclass_fields__") || has("__attrs_attrs__")
         || has("model_fields") || has("__fields__")
         || has("__struct_fields__");
}

void put_record(encoder& out, PyObject* x, const step* at) {
  // Code of the user may have this one found anew.
  auto how = all_sent()[Py_TYPE(x)];
  if (!how.instead.is_none()) {
    out.put_instead(how.instead(py::handle(x)).ptr(), at);
    return;
  }
  auto more = how.more.is_none() ? py::dict{} : how.more(py::handle(x));
  out.put_fields(x, how.names, more, at);
}

} // namespace

void convert_arguments(py::handle func, py::handle args, py::handle kwargs) {
  if (auto plan = plan_of(func); !plan.is_none())
    apply(plan, args, kwargs);
}

py::object convert_argument(py::handle func, py::object arg) {
  auto plan = plan_of(func);
  if (plan.is_none())
    return arg;
  py::list args;
  args.append(std::move(arg));
  apply(plan, args, py::dict{});
  return args[0];
}

put_function find_record(PyTypeObject* type) {
  if (!claims_to_be_record(type))
    return nullptr;
  auto handle = py::handle(reinterpret_cast<PyObject*>(type));
  auto found = py::module_::import("venomous.sent").attr("sent_of")(handle);
  if (found.is_none())
    return nullptr;
  all_sent()[type] = {found.attr("names"), found.attr("more"),
                      found.attr("instead")};
  return put_record;
}

} // namespace venomous::bridge
