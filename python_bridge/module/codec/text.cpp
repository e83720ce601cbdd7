#include "python_bridge/module/codec/text.hpp"

#include "python_bridge/module/codec/codec.hpp"

#include <algorithm>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

bool is_first_of_character(char x) {
  return (static_cast<unsigned char>(x) & 0xc0) != 0x80;
}

std::string to_utf8(const py::object& str) {
  auto bytes =
    own(PyUnicode_AsEncodedString(str.ptr(), "utf-8", "backslashreplace"));
  return {PyBytes_AS_STRING(bytes.ptr()),
          static_cast<size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}

} // namespace

std::string shortened(std::string_view text, size_t size, size_t left_out) {
  if (left_out == 0 && text.size() <= size)
    return std::string{text};
  // Cut between characters.
  auto half = std::min(size, text.size()) / 2;
  auto end = half;
  while (end > 0 && !is_first_of_character(text[end]))
    --end;
  auto begin = text.size() - half;
  while (begin < text.size() && !is_first_of_character(text[begin]))
    ++begin;
  auto middle = text.substr(end, begin - end);
  left_out +=
    static_cast<size_t>(std::ranges::count_if(middle, is_first_of_character));
  std::string result{text.substr(0, end)};
  result += " [... " + std::to_string(left_out) + " characters ...] ";
  return result += text.substr(begin);
}

std::string printable(const py::str& text, size_t size, size_t left_out) {
  auto all = PyUnicode_GET_LENGTH(text.ptr());
  // Each character takes at least a byte.
  auto kept = static_cast<Py_ssize_t>(size);
  if (all / 2 <= kept)
    return shortened(to_utf8(text), size, left_out);
  auto first = own(PyUnicode_Substring(text.ptr(), 0, kept));
  auto last = own(PyUnicode_Substring(text.ptr(), all - kept, all));
  return shortened(to_utf8(first) + to_utf8(last), size,
                   left_out + static_cast<size_t>(all - 2 * kept));
}

} // namespace venomous::bridge
