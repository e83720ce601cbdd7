/// @file
/// The decoder of the snake: any bytes are a Python object or `undecodable`.
/// What could be decoded is encoded and decoded again without a change, and
/// the host can read it.

#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/python.hpp"

#include "python_bridge/module/codec/codec.hpp"
#include "python_bridge/module/codec/scalar.hpp"
#include "venomous/value.hpp"

using namespace venomous;
using namespace venomous::fuzz;

namespace py = pybind11;

namespace {

std::string pack(py::handle x) {
  bridge::buffer out;
  bridge::encode(out, x, "value");
  return {out.data(), out.size()};
}

/// Decodes `bytes` as an element of a list, which takes the parser.
py::object parsed_in_list(std::string_view bytes) {
  auto list = "\x91" + std::string{bytes};
  size_t offset = 0;
  return bridge::decode(list, offset, "list");
}

void unpack(std::string_view bytes) {
  size_t offset = 0;
  auto x = bridge::decode(bytes, offset, "value");
  require(offset <= bytes.size(), "a value ends where the bytes do");
  auto packed = pack(x);
  size_t end = 0;
  if (auto scalar = bridge::decode_scalar(bytes, end))
    require("\x91" + pack(scalar) == pack(parsed_in_list(bytes.substr(0, end))),
            "a scalar is what the parser makes of it");
  offset = 0;
  auto again = bridge::decode(packed, offset, "value");
  require(offset == packed.size(), "nothing is behind a value");
  require(pack(again) == packed, "a value comes back as it was");
  require(value::from_bytes(packed).as<value>(),
          "the host can read what Python sends");
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  start_python();
  // Bytes name classes. Whatever module that is in shall not run here.
  py::exec(R"(
import sys, datetime, decimal, enum, pathlib, uuid, zoneinfo
sys.meta_path.clear()
)");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    unpack({reinterpret_cast<const char*>(data), size});
  } catch (const bridge::undecodable&) {
  }
  require(PyErr_Occurred() == nullptr, "no exception is left behind");
  return 0;
}
