#include "python_bridge/values/repr.hpp"

#include "venomous/codec/array.hpp"
#include "venomous/decoder.hpp"

#include "python_bridge/values/payload_repr.hpp"
#include "python_bridge/wire/payload.hpp"

#include <algorithm>
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
  /// Returns whether to go on: not if nothing is left, or enough is printed.
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
    case kind::set:
      return x.count == 0 ? print_elements(x, "set(", ")")
                          : print_elements(x, "{", "}");
    case kind::frozenset:
      return x.count == 0 ? print_elements(x, "frozenset(", ")")
                          : print_elements(x, "frozenset({", "})");
    case kind::bytearray:
      return print_quoted("bytearray(b'", x.payload, true) && put(")");
    case kind::range:
      return print_range(x);
    case kind::enumeration:
      return print_enumeration(x);
    case kind::named_tuple:
      return print_named_tuple(x);
    case kind::path:
      return print_path(x);
    case kind::kept:
      return print_quoted("<kept ", kept_payload{x.payload}.type, true, ">");
    default:
      return print_payload(x);
    }
  }

  bool print_unknown(const item& x) {
    return put("<") && put(to_string(x.kind)) && print_rest(x) && put(">");
  }

  bool print_payload(const item& x) {
    auto text = payload_repr(x.kind, x.payload);
    return text ? put(*text) : print_unknown(x);
  }

  bool print_path(const item& x) {
    auto text = x.payload;
    auto type = wire::take_path_class(text);
    if (!type)
      return print_unknown(x);
    return put(wire::path_classes[static_cast<size_t>(*type)])
           && print_quoted("('", text, false) && put(")");
  }

  /// Prints everything except a step of 1.
  bool print_range(const item& x) {
    auto look = in_;
    item end;
    for (auto i = 0; i < 3; ++i)
      if (x.count != 3 || !look.next(end) || end.kind != kind::integer)
        return print_unknown(x);
    if (end.is_big() || end.bits != 1)
      return print_elements(x, "range(", ")");
    put("range(");
    return in_.each(x, [&](uint32_t i) {
      put(i == 1 ? ", " : "");
      return i < 2 ? print_item() : in_.skip();
    }) && put(")");
  }

  bool print_enumeration(const item& x) {
    auto look = in_;
    item type;
    item name;
    if (x.count != 3 || !look.next(type) || type.kind != kind::string
        || !look.next(name)
        || (name.kind != kind::string && name.kind != kind::none))
      return print_unknown(x);
    put("<");
    put(class_name(type.payload));
    if (name.kind == kind::string) {
      put(".");
      put(name.payload);
    }
    put(": ");
    return in_.each(x, [&](uint32_t i) {
      return i < 2 ? in_.skip() : print_item();
    }) && put(">");
  }

  bool print_named_tuple(const item& x) {
    auto look = in_;
    item type;
    item names;
    if (x.count < 2 || !look.next(type) || type.kind != kind::string
        || !look.next(names) || names.kind != kind::string)
      return print_unknown(x);
    put(class_name(type.payload));
    put("(");
    auto rest = names.payload;
    return in_.each(x, [&](uint32_t i) {
      if (i < 2)
        return in_.skip();
      auto name = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      put(i == 2 ? "" : ", ");
      put(name);
      return put("=") && print_item();
    }) && put(")");
  }

  /// Returns the part behind the last dot or colon of "module:qualname".
  static std::string_view class_name(std::string_view type) {
    return type.substr(type.find_last_of(".:") + 1);
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
    return put(float_repr(x));
  }

  bool print_quoted(const char* open, std::string_view text, bool ascii,
                    const char* close = "'") {
    put(open);
    for (auto c : text) {
      if (out_.size() > max_size_)
        return false;
      put_escaped(c, ascii);
    }
    return put(close);
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
    // Not in the middle of a character.
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
