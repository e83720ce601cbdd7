#include "python_bridge/module/channel/termination.hpp"
#include "python_bridge/module/codec/codec.hpp"
#include "python_bridge/module/codec/custom.hpp"
#include "python_bridge/module/codec/kept.hpp"
#include "python_bridge/module/codec/opaque.hpp"
#include "python_bridge/module/codec/text.hpp"
#include "python_bridge/module/process/finalizers.hpp"
#include "python_bridge/module/process/forking.hpp"
#include "python_bridge/module/process/parent_watch.hpp"
#include "python_bridge/module/process/process.hpp"
#include "python_bridge/module/server/interrupt.hpp"
#include "python_bridge/module/server/serve.hpp"

#include "python_bridge/os/process_table.hpp"
#include "python_bridge/wire/protocol.hpp"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#ifdef Py_GIL_DISABLED
#  error "The bridge needs an interpreter with the GIL, not a free-threaded one"
#endif

namespace py = pybind11;

namespace {

using namespace venomous::bridge;

py::bytes pack(py::handle value) {
  buffer out;
  encode(out, value, "value");
  return {out.data(), out.size()};
}

py::object unpack(const py::bytes& data) {
  auto view =
    std::string_view{PyBytes_AS_STRING(data.ptr()),
                     static_cast<size_t>(PyBytes_GET_SIZE(data.ptr()))};
  size_t offset = 0;
  auto result = decode(view, offset, "value");
  if (offset != view.size())
    throw undecodable{"there are bytes behind the value"};
  return result;
}

py::object callable_or_none(py::object func) {
  if (!func.is_none() && PyCallable_Check(func.ptr()) == 0)
    throw py::type_error{"neither a callable nor None"};
  return func;
}

/// Handler for SIGTERM: unwinds the running code, so that `finally` blocks run.
void on_terminate(int, const py::object&) {
  constexpr int exit_code = 143;
  if (!note_termination())
    return;
  PyErr_SetObject(PyExc_SystemExit, py::int_(exit_code).ptr());
  throw py::error_already_set{};
}

} // namespace

PYBIND11_MODULE(_bridge, m) {
  find_marker();
  py::register_exception<unencodable>(m, "Unencodable", PyExc_ValueError);
  py::register_exception<undecodable>(m, "Undecodable", PyExc_ValueError);
  m.attr("protocol") = venomous::protocol_number;
  m.attr("version") = venomous::library_version;
  m.attr("MAX_DEPTH") = max_depth;
  m.attr("LEDGER_SIZE") = venomous::ledger::size();
  m.def("pack", pack, py::arg("value"));
  m.def("unpack", unpack, py::arg("data"));
  m.def("set_encoder", [](py::object func) {
    current_hooks().encoder = callable_or_none(std::move(func));
  });
  m.def("set_decoder", [](py::object func) {
    current_hooks().decoder = callable_or_none(std::move(func));
  });
  m.def("set_custom_encoder", set_custom_encoder);
  m.def("set_custom_decoder", set_custom_decoder);
  m.def("permit_opaque", permit_opaque);
  m.attr("MAX_TEXT") = max_text;
  m.def("printable", printable, py::arg("text"), py::arg("size"),
        py::arg("left_out") = 0);
  register_call_interrupted(m);
  register_kept(m);
  m.def("on_terminate", on_terminate);
  m.def("on_interrupt", on_interrupt);
  m.def("note_termination", note_termination);
  m.def("instances", instances);
  m.def("with_finalizer", with_finalizer);
  m.def("finalize", finalize);
  m.def("leave_to_parent", leave_to_parent);
  m.def("flush_c_streams", flush_c_streams);
  m.def("become_subreaper", become_subreaper);
  m.def("watch_parent", watch_parent);
  m.def("signal_descriptor", signal_descriptor);
  m.def("children", children);
  m.def("is_tracker", venomous::is_tracker);
  py::class_<fork_server>(m, "ForkServer")
    .def(py::init<int, int, int, std::vector<int>>())
    .def("wait", &fork_server::wait)
    .def("stop", &fork_server::stop)
    .def("forget_host", &fork_server::forget_host)
    .def("take_births", &fork_server::take_births);
  py::class_<server>(m, "Server")
    .def(py::init<int, int, int, int, size_t, py::object, py::object,
                  py::object>())
    .def("start_failed", &server::start_failed)
    .def("serve", &server::serve)
    .def_property_readonly("is_busy", &server::is_busy);
}
