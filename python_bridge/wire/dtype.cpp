#include "venomous/dtype.hpp"

#include "python_bridge/wire/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

namespace venomous {

// -- reading names ------------------------------------------------------------

namespace {

constexpr size_t max_bytes = std::numeric_limits<ptrdiff_t>::max();

/// The maximum element size of numpy 1, which numpy does not check.
constexpr size_t max_itemsize = std::numeric_limits<int32_t>::max();

/// Takes digits off the front of `text`.
std::optional<size_t> take_number(std::string_view& text) {
  size_t result = 0;
  auto [end, error] =
    std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc{})
    return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return result;
}

bool is_unit(std::string_view text) {
  constexpr std::string_view units[] = {"Y",  "M",  "W",  "D",  "h",  "m", "s",
                                        "ms", "us", "ns", "ps", "fs", "as"};
  auto first = text.find_first_not_of("0123456789");
  if (first == std::string_view::npos || first > 9 || text[0] == '0')
    return false;
  text.remove_prefix(first);
  return std::ranges::find(units, text) != std::end(units);
}

/// Returns the size of an element, if the kind permits it.
std::optional<size_t> size_of(char kind, size_t count) {
  auto one_of = [&](std::initializer_list<size_t> sizes) {
    return std::ranges::find(sizes, count) != sizes.end() ? std::optional{count}
                                                          : std::nullopt;
  };
  switch (kind) {
  case 'b':
    return one_of({1});
  case 'i':
  case 'u':
    return one_of({1, 2, 4, 8});
  case 'f':
    return one_of({2, 4, 8, 16});
  case 'c':
    return one_of({8, 16, 32});
  case 'M':
  case 'm':
    return one_of({8});
  case 'S':
  case 'V':
    return count <= max_itemsize ? std::optional{count} : std::nullopt;
  case 'U':
    return count <= max_itemsize / 4 ? std::optional{count * 4} : std::nullopt;
  default:
    return std::nullopt;
  }
}

bool has_order(char kind, size_t itemsize) {
  return kind != 'S' && kind != 'V' && itemsize != 1;
}

} // namespace

std::string detail::number_name(char kind, size_t size) {
  std::string order{has_order(kind, size) ? dtype::native_order : '|'};
  return order + kind + std::to_string(size);
}

dtype::dtype() = default;

std::optional<dtype> dtype::from_text(std::string_view text) {
  dtype result;
  auto order = native_order;
  if (!text.empty() && std::string_view{"<>|="}.find(text[0]) != text.npos) {
    order = text[0] == '<' || text[0] == '>' ? text[0] : native_order;
    text.remove_prefix(1);
  }
  if (text.empty())
    return std::nullopt;
  result.kind_ = text[0];
  text.remove_prefix(1);
  auto count = take_number(text);
  auto size = count ? size_of(result.kind_, *count) : std::nullopt;
  if (!size)
    return std::nullopt;
  result.itemsize_ = *size;
  result.order_ = has_order(result.kind_, *size) ? order : '|';
  if (text.empty())
    return result;
  auto is_time = result.kind_ == 'M' || result.kind_ == 'm';
  if (!is_time || text.size() < 3 || text.front() != '[' || text.back() != ']')
    return std::nullopt;
  result.unit_ = text.substr(1, text.size() - 2);
  return is_unit(result.unit_) ? std::optional{result} : std::nullopt;
}

// -- structured types ---------------------------------------------------------

std::optional<dtype> dtype::structured(std::vector<field> fields,
                                       size_t itemsize) {
  dtype result;
  std::set<std::string_view> names;
  for (auto& x : fields) {
    auto size = bytes_in_shape(x.type.itemsize(), x.shape);
    if (!size || *size > itemsize || x.offset > itemsize - *size
        || !is_utf8(x.name) || !names.insert(x.name).second)
      return std::nullopt;
    result.depth_ = std::max(result.depth_, x.type.depth());
  }
  if (++result.depth_ > max_depth || itemsize > max_itemsize)
    return std::nullopt;
  result.kind_ = 'V';
  result.order_ = '|';
  result.structured_ = true;
  result.itemsize_ = itemsize;
  result.fields_ = std::move(fields);
  return result;
}

dtype dtype::native() const {
  auto result = *this;
  if (!is_native())
    result.order_ = native_order;
  return result;
}

const std::vector<dtype::field>& dtype::fields() const noexcept {
  return fields_;
}

bool operator==(const dtype& x, const dtype& y) {
  return x.kind_ == y.kind_ && x.order_ == y.order_
         && x.itemsize_ == y.itemsize_ && x.structured_ == y.structured_
         && x.unit_ == y.unit_ && x.fields_ == y.fields_;
}

bool operator==(const dtype::field& x, const dtype::field& y) {
  return x.name == y.name && x.type == y.type && x.offset == y.offset
         && x.shape == y.shape;
}

std::string to_string(const dtype& x) {
  if (!x.is_structured()) {
    auto count = x.kind() == 'U' ? x.itemsize() / 4 : x.itemsize();
    auto unit = x.unit().empty() ? "" : '[' + x.unit() + ']';
    return std::string{x.byte_order(), x.kind()} + std::to_string(count) + unit;
  }
  std::string result = "[";
  for (auto& part : x.fields())
    result += (result.size() == 1 ? "" : ", ") + part.name + ": "
              + to_string(part.type);
  return result + "]";
}

std::optional<size_t> bytes_in_shape(size_t itemsize,
                                     const std::vector<size_t>& shape) {
  auto none = false;
  auto count = size_t{1};
  for (auto extent : shape) {
    none = none || extent == 0;
    if (extent > max_bytes / count)
      return std::nullopt;
    count *= std::max<size_t>(extent, 1);
  }
  if (itemsize > max_bytes / count)
    return std::nullopt;
  return none ? 0 : count * itemsize;
}

} // namespace venomous
