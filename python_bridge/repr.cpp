#include "python_bridge/repr.hpp"

#include "venomous/codec_array.hpp"
#include "venomous/decoder.hpp"

#include <charconv>
#include <cmath>
#include <iterator>
#include <string_view>

namespace venomous::detail {

namespace {

class printer {
public:
  printer(std::span<const char> data, size_t max_size,
          std::span<const attachment> attachments)
    : in_(data, {}, attachments), max_size_(max_size) {
    // nop
  }

  std::string print() {
    if (!(print_item() && in_.finish()) && out_.size() <= max_size_)
      out_ += "<malformed>";
    if (out_.size() > max_size_)
      cut();
    return std::move(out_);
  }

private:
  /// Returns whether to go on: no, if there is no more or enough is printed.
  bool print_item() {
    item x;
    return in_.next(x) && print(x) && out_.size() <= max_size_;
  }

  bool print(const item& x) {
    switch (x.kind) {
    case kind::none:
      return put("None");
    case kind::boolean:
      return put(x.boolean ? "True" : "False");
    case kind::integer:
      return put(to_string(x.integer(), 512));
    case kind::floating:
      return print_float(x.floating);
    case kind::string:
      return print_quoted("'", x.payload, false);
    case kind::bytes:
      return print_quoted("b'", x.payload, true);
    case kind::list:
      return print_elements(x, "[", "]");
    case kind::tuple:
      return print_elements(x, "(", x.count == 1 ? ",)" : ")");
    case kind::dict:
      return print_dict(x);
    case kind::array:
      return put(describe_array(x));
    default:
      return put("<") && put(to_string(x.kind)) && print_rest(x) && put(">");
    }
  }

  bool print_elements(const item& head, const char* open, const char* close) {
    put(open);
    return in_.each(head, [&](uint32_t i) {
      put(i == 0 ? "" : ", ");
      return print_item();
    }) && put(close);
  }

  bool print_rest(const item& x) {
    return x.end == nullptr || print_elements(x, " [", "]");
  }

  bool print_dict(const item& head) {
    put("{");
    return in_.each(head, [&](uint32_t i) {
      put(i == 0 ? "" : ", ");
      return print_item() && put(": ") && print_item();
    }) && put("}");
  }

  bool print_float(double x) {
    if (!std::isfinite(x))
      return put(std::isnan(x) ? "nan" : x < 0 ? "-inf" : "inf");
    auto size = std::fabs(x);
    auto plain = x == 0 || (size >= 1e-4 && size < 1e16);
    auto format =
      plain ? std::chars_format::fixed : std::chars_format::scientific;
    char digits[64];
    auto end = std::to_chars(digits, std::end(digits), x, format).ptr;
    auto text = std::string_view{digits, end};
    put(text);
    return put(plain && text.find('.') == std::string_view::npos ? ".0" : "");
  }

  bool print_quoted(const char* open, std::string_view text, bool ascii) {
    put(open);
    for (auto c : text) {
      if (out_.size() > max_size_)
        return false;
      put_escaped(c, ascii);
    }
    return put("'");
  }

  void put_escaped(char c, bool ascii) {
    auto code = static_cast<uint8_t>(c);
    if (c == '\'' || c == '\\')
      out_ += {'\\', c};
    else if (c == '\n')
      put("\\n");
    else if (c == '\r')
      put("\\r");
    else if (c == '\t')
      put("\\t");
    else if (code < 0x20 || code == 0x7f || (ascii && code > 0x7f))
      out_ += {'\\', 'x', hex[code / 16], hex[code % 16]};
    else
      out_ += c;
  }

  bool put(std::string_view text) {
    out_ += text;
    return true;
  }

  void cut() {
    // Not in the midst of a character.
    auto size = max_size_;
    while (size > 0 && (out_[size] & 0xc0) == 0x80)
      --size;
    out_.resize(size);
    out_ += "...";
  }

  static constexpr const char* hex = "0123456789abcdef";

  decoder in_;
  size_t max_size_;
  std::string out_;
};

} // namespace

std::string repr(std::span<const char> data, size_t max_size,
                 std::span<const attachment> attachments) {
  return printer{data, max_size, attachments}.print();
}

} // namespace venomous::detail
