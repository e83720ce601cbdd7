#include "python_bridge/module/codec/format.hpp"

namespace venomous::bridge {

namespace {

/// Returns the letter for native numbers, as `array` and numpy use it.
std::string letter_of(char kind, size_t itemsize, bool standard) {
  auto sized = [itemsize](const char* letters) {
    auto index = itemsize == 1 ? 0 : itemsize == 2 ? 1 : itemsize == 4 ? 2 : 3;
    return std::string(1, letters[index]);
  };
  switch (kind) {
  case 'b':
    return "?";
  case 'i':
    return sized(standard ? "bhiq" : "bhil");
  case 'u':
    return sized(standard ? "BHIQ" : "BHIL");
  case 'f':
    return itemsize == 16 ? "g" : sized("?efd");
  case 'c':
    return itemsize == 32 ? "Zg" : itemsize == 16 ? "Zd" : "Zf";
  case 'S':
    return itemsize == 1 && !standard ? "c" : std::to_string(itemsize) + "s";
  case 'U':
    return std::to_string(itemsize / 4) + "w";
  case 'V':
    return std::to_string(itemsize) + "x";
  default:
    return standard ? "q" : "l";
  }
}

std::string shape_of(const std::vector<size_t>& shape) {
  std::string result;
  for (auto extent : shape)
    result += (result.empty() ? "(" : ",") + std::to_string(extent);
  return result.empty() ? "" : result + ")";
}

std::string padding(size_t size) {
  return size == 0 ? "" : std::to_string(size) + "x";
}

/// Returns the format of a field, with standard sizes and no alignment.
std::string packed_format(const dtype& type);

std::string structured_format(const dtype& type) {
  std::string result = "T{";
  size_t end = 0;
  for (auto& x : type.fields()) {
    // Overlapping fields, or fields in another order, have no format.
    if (x.offset < end)
      return padding(type.itemsize());
    result += padding(x.offset - end) + shape_of(x.shape);
    result += packed_format(x.type) + ":" + x.name + ":";
    end = x.offset + *bytes_in_shape(x.type.itemsize(), x.shape);
  }
  return result + padding(type.itemsize() - end) + "}";
}

std::string packed_format(const dtype& type) {
  if (type.is_structured())
    return structured_format(type);
  auto order = type.byte_order() == '|' ? '=' : type.byte_order();
  return order + letter_of(type.kind(), type.itemsize(), true);
}

} // namespace

std::string format_of(const dtype& type) {
  if (type.is_structured())
    return structured_format(type);
  auto letter = letter_of(type.kind(), type.itemsize(), !type.is_native());
  return type.is_native() ? letter : type.byte_order() + letter;
}

std::optional<dtype> simple_dtype(std::string_view format, size_t itemsize) {
  std::string order;
  if (!format.empty()
      && std::string_view{"@=<>!"}.find(format[0]) != format.npos) {
    order = format[0] == '!' ? ">" : std::string(1, format[0]);
    if (order == "@")
      order = "=";
    format.remove_prefix(1);
  }
  auto kind = '\0';
  if (format.size() == 2 && format[0] == 'Z')
    kind = 'c';
  else if (format.size() != 1)
    return std::nullopt;
  else if (format[0] == '?')
    kind = 'b';
  else if (format[0] == 'c')
    kind = 'S';
  else if (std::string_view{"bhilqn"}.find(format[0]) != format.npos)
    kind = 'i';
  else if (std::string_view{"BHILQN"}.find(format[0]) != format.npos)
    kind = 'u';
  else if (std::string_view{"efdg"}.find(format[0]) != format.npos)
    kind = 'f';
  else
    return std::nullopt;
  return dtype::from_text(order + kind + std::to_string(itemsize));
}

} // namespace venomous::bridge
