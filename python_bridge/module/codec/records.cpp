#include "python_bridge/module/codec/records.hpp"

#include "python_bridge/module/codec/codec.hpp"
#include "python_bridge/module/codec/families.hpp"
#include "python_bridge/module/codec/standard.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

// -- plans --------------------------------------------------------------------

/// The function that is called in the end, behind methods and partial
/// functions.
struct target {
  PyObject* callable;
  /// How many of its parameters already have their arguments.
  size_t skipped = 0;

  bool operator==(const target&) const = default;
};

struct hash_of_target {
  size_t operator()(const target& x) const {
    return std::hash<PyObject*>{}(x.callable) ^ x.skipped;
  }
};

/// What is known about a target, without keeping it alive.
struct known_target {
  py::object reference;
  /// None if there is nothing to do.
  py::object plan;

  /// Returns nothing once it is gone.
  py::object callable() const {
#if PY_VERSION_HEX >= 0x030D0000
    PyObject* found = nullptr;
    PyWeakref_GetRef(reference.ptr(), &found);
    return py::reinterpret_steal<py::object>(found);
#else
    auto* found = PyWeakref_GetObject(reference.ptr());
    return found == Py_None ? py::object{}
                            : py::reinterpret_borrow<py::object>(found);
#endif
  }
};

/// The plans of all targets that were called and may have one.
class plan_table {
public:
  const py::object& find(const target& x) {
    auto found = known_.find(x);
    if (found != known_.end() && found->second.callable().ptr() == x.callable)
      return found->second.plan;
    forget_dead();
    auto plan = py::module_::import("venomous.plans")
                  .attr("plan_of")(py::handle(x.callable), x.skipped);
    auto reference = own(PyWeakref_NewRef(x.callable, nullptr));
    return (known_[x] = {std::move(reference), std::move(plan)}).plan;
  }

private:
  /// Keeps an endless number of functions from taking endless memory.
  void forget_dead() {
    if (known_.size() < limit_)
      return;
    std::erase_if(known_, [](auto& x) { return !x.second.callable(); });
    limit_ = std::max(first_limit, known_.size() * 2);
  }

  static constexpr size_t first_limit = 256;

  std::unordered_map<target, known_target, hash_of_target> known_;
  size_t limit_ = first_limit;
};

bool is_partial(PyTypeObject* type) {
  static PyTypeObject* partial = nullptr;
  if (partial == nullptr)
    partial = loaded_type("functools", "partial");
  return type == partial;
}

/// Classes of Python code are heap types; those of the interpreter mostly are
/// not.
bool is_heap_type(PyTypeObject* type) {
  return PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) != 0;
}

/// Finds the target of `func`, which keeps the result alive.
target target_of(PyObject* func) {
  target x{func};
  for (;;) {
    auto* type = Py_TYPE(x.callable);
    if (type == &PyFunction_Type) {
      return x;
    } else if (type == &PyMethod_Type) {
      x = {PyMethod_GET_FUNCTION(x.callable), x.skipped + 1};
    } else if (is_partial(type)) {
      auto partial = py::handle(x.callable);
      x = {partial.attr("func").ptr(),
           x.skipped + py::len(partial.attr("args"))};
    } else if (!is_heap_type(type) || PyType_SUPPORTS_WEAKREFS(type) != 0) {
      return x;
    } else {
      // Objects without weak references share the entry of their class.
      auto* call = _PyType_Lookup(type, py::str("__call__").ptr());
      if (call == nullptr || !PyFunction_Check(call))
        return x;
      x = {call, x.skipped + 1};
    }
  }
}

/// Whether `func` has annotations, or an attribute that says where they are.
bool may_be_annotated(PyObject* func) {
  auto* attributes = reinterpret_cast<PyFunctionObject*>(func)->func_dict;
  if (attributes != nullptr && PyDict_Size(attributes) > 0)
    return true;
  auto* annotations = PyFunction_GetAnnotations(func);
  if (annotations != nullptr)
    return PyDict_Size(annotations) > 0;
  auto cannot_be_evaluated = PyErr_Occurred() != nullptr;
  PyErr_Clear();
  return cannot_be_evaluated;
}

bool may_have_plan(PyObject* callable) {
  if (PyFunction_Check(callable))
    return may_be_annotated(callable);
  if (PyType_Check(callable))
    return is_heap_type(reinterpret_cast<PyTypeObject*>(callable));
  return !PyCFunction_Check(callable)
         && PyType_SUPPORTS_WEAKREFS(Py_TYPE(callable)) != 0;
}

/// Returns what converts the arguments of `func`, None if nothing does.
py::object plan_of(py::handle func) {
  // Never destroyed: the interpreter may be gone before static objects are.
  static auto* plans = new plan_table;
  auto called = target_of(func.ptr());
  return may_have_plan(called.callable) ? plans->find(called) : py::none();
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

/// How to send objects of a type, see `venomous/sent.py`.
struct sent {
  py::object names;
  py::object more;
  py::object instead;
};

/// The `sent` of each record type that was encoded.
std::unordered_map<PyTypeObject*, sent>& all_sent() {
  static auto* instance = new std::unordered_map<PyTypeObject*, sent>;
  return *instance;
}

/// Whether a class declares itself a record. Runs no user code, not even that
/// of a metaclass.
bool claims_to_be_record(PyTypeObject* type) {
  // It would be sent without its items.
  if (PyType_FastSubclass(type, Py_TPFLAGS_DICT_SUBCLASS)
      || PyType_FastSubclass(type, Py_TPFLAGS_LIST_SUBCLASS))
    return false;
  auto has = [type](const char* name) {
    return _PyType_Lookup(type, py::str(name).ptr()) != nullptr;
  };
  return has("__dataclass_fields__") || has("__attrs_attrs__")
         || has("model_fields") || has("__fields__")
         || has("__struct_fields__");
}

void put_record(encoder& out, PyObject* x, const step* at) {
  // User code may look this one up again.
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

argument_converter::argument_converter(py::handle func)
  : plan_(plan_of(func)) {}

py::object argument_converter::operator()(py::object arg) const {
  py::list args;
  args.append(std::move(arg));
  apply(plan_, args, py::dict{});
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
