#include "venomous/decoder.hpp"

#include "venomous/codec/array.hpp"

#include "python_bridge/values/repr.hpp"
#include "python_bridge/wire/extension.hpp"

#include <bit>

namespace venomous {

// -- items --------------------------------------------------------------------

namespace detail {

const char* to_string(kind x) {
  switch (x) {
  case kind::none:
    return "None";
  case kind::boolean:
    return "bool";
  case kind::integer:
    return "int";
  case kind::floating:
    return "float";
  case kind::string:
    return "str";
  case kind::bytes:
    return "bytes";
  case kind::list:
    return "list";
  case kind::tuple:
    return "tuple";
  case kind::dict:
    return "dict";
  case kind::set:
    return "set";
  case kind::frozenset:
    return "frozenset";
  case kind::complex:
    return "complex";
  case kind::bytearray:
    return "bytearray";
  case kind::range:
    return "range";
  case kind::date:
    return "date";
  case kind::time:
    return "time";
  case kind::datetime:
    return "datetime";
  case kind::timedelta:
    return "timedelta";
  case kind::decimal:
    return "Decimal";
  case kind::uuid:
    return "UUID";
  case kind::path:
    return "Path";
  case kind::enumeration:
    return "Enum";
  case kind::named_tuple:
    return "namedtuple";
  case kind::array:
    return "ndarray";
  case kind::tagged:
    return "tagged";
  case kind::kept:
    return "kept object";
  case kind::opaque:
    return "opaque object";
  }
  return "???";
}

big_integer item::integer() const {
  if (is_big())
    return big_integer::from_bytes(payload);
  return negative ? big_integer{static_cast<int64_t>(bits)} : big_integer{bits};
}

std::string to_string(const big_integer& x, size_t max_bytes) {
  // The time of to_string() grows with the square of the size.
  auto size = x.bytes().size();
  if (size <= max_bytes)
    return to_string(x);
  return "an int of " + std::to_string(size) + " bytes";
}

} // namespace detail

// -- structure ----------------------------------------------------------------

bool decoder::skip() {
  item x;
  if (!next(x))
    return false;
  switch (x.kind) {
  case kind::list:
    return each(x, [this](uint32_t) { return skip(); });
  case kind::dict:
    return each(x, [this](uint32_t) { return skip() && skip(); });
  default:
    return x.end == nullptr || each(x, [this](uint32_t) { return skip(); });
  }
}

bool decoder::is_enumeration(uint8_t tag) const noexcept {
  // The position of the type, behind the size if there is one.
  size_t at = tag >= 0xd4 ? 1 : tag == 0xc7 ? 2 : tag == 0xc8 ? 3 : 5;
  auto is_extension = tag >= 0xd4 || tag <= 0xc9;
  return is_extension && left() > at
         && pos_[at] == static_cast<char>(ext_type::enumeration);
}

bool decoder::next_enumeration(item& head) {
  item part;
  if (!next(head, kind::enumeration, "Enum"))
    return false;
  if (head.count != 3 || !next(part) || part.kind != kind::string || !next(part)
      || (part.kind != kind::string && part.kind != kind::none))
    return malformed("an Enum that is not class, name and value");
  head.count = 1;
  return true;
}

bool decoder::next_fields(item& head, std::string_view& names) {
  item part;
  if (head.count < 2 || !next(part) || part.kind != kind::string || !next(part)
      || part.kind != kind::string)
    return malformed("a namedtuple without class and names");
  names = part.payload;
  head.count -= 2;
  return true;
}

bool decoder::finish() {
  return pos_ == end_ || malformed("bytes after the end");
}

bool decoder::enter() {
  return ++depth_ <= max_depth
         || fail("nested deeper than " + std::to_string(max_depth) + " levels");
}

bool decoder::leave(const item& head) {
  --depth_;
  return head.end == nullptr || pos_ == head.end
         || malformed("a " + std::string{detail::to_string(head.kind)}
                      + " does not end where its elements do");
}

// -- reading an item ----------------------------------------------------------

bool decoder::next(item& x) {
  uint8_t tag = 0;
  if (!load(tag))
    return false;
  x.kind = kind::integer;
  x.payload = {};
  x.end = nullptr;
  x.attached = nullptr;
  x.array = {};
  x.reference = nullptr;
  if (tag < 0x80 || tag >= 0xe0) {
    x.negative = tag >= 0xe0;
    x.bits = static_cast<uint64_t>(int64_t{static_cast<int8_t>(tag)});
    return true;
  }
  if (tag < 0x90)
    return container(x, kind::dict, tag & 0x0f);
  if (tag < 0xa0)
    return container(x, kind::list, tag & 0x0f);
  if (tag < 0xc0)
    return payload(x, kind::string, tag & 0x1f);
  switch (tag) {
  case 0xc0:
    x.kind = kind::none;
    return true;
  case 0xc2:
  case 0xc3:
    x.kind = kind::boolean;
    x.boolean = tag == 0xc3;
    return true;
  case 0xc4:
    return load_payload<uint8_t>(x, kind::bytes);
  case 0xc5:
    return load_payload<uint16_t>(x, kind::bytes);
  case 0xc6:
    return load_payload<uint32_t>(x, kind::bytes);
  case 0xc7:
    return load_extension<uint8_t>(x);
  case 0xc8:
    return load_extension<uint16_t>(x);
  case 0xc9:
    return load_extension<uint32_t>(x);
  case 0xca:
    return load_float<uint32_t, float>(x);
  case 0xcb:
    return load_float<uint64_t, double>(x);
  case 0xcc:
    return load_int<uint8_t>(x);
  case 0xcd:
    return load_int<uint16_t>(x);
  case 0xce:
    return load_int<uint32_t>(x);
  case 0xcf:
    return load_int<uint64_t>(x);
  case 0xd0:
    return load_int<int8_t>(x);
  case 0xd1:
    return load_int<int16_t>(x);
  case 0xd2:
    return load_int<int32_t>(x);
  case 0xd3:
    return load_int<int64_t>(x);
  case 0xd4:
  case 0xd5:
  case 0xd6:
  case 0xd7:
  case 0xd8:
    return extension(x, size_t{1} << (tag - 0xd4));
  case 0xd9:
    return load_payload<uint8_t>(x, kind::string);
  case 0xda:
    return load_payload<uint16_t>(x, kind::string);
  case 0xdb:
    return load_payload<uint32_t>(x, kind::string);
  case 0xdc:
    return load_container<uint16_t>(x, kind::list);
  case 0xdd:
    return load_container<uint32_t>(x, kind::list);
  case 0xde:
    return load_container<uint16_t>(x, kind::dict);
  case 0xdf:
    return load_container<uint32_t>(x, kind::dict);
  default:
    return malformed("an unused tag");
  }
}

template <class T>
bool decoder::load(T& x) {
  if (left() < sizeof(T))
    return malformed("ends too early");
  uint64_t bits = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    bits = bits << 8 | static_cast<uint8_t>(pos_[i]);
  pos_ += sizeof(T);
  x = static_cast<T>(bits);
  return true;
}

template <class T>
bool decoder::load_int(item& x) {
  T number{};
  if (!load(number))
    return false;
  x.negative = std::cmp_less(number, 0);
  x.bits = static_cast<uint64_t>(number);
  return true;
}

template <class Bits, class T>
bool decoder::load_float(item& x) {
  Bits bits{};
  if (!load(bits))
    return false;
  x.kind = kind::floating;
  x.floating = std::bit_cast<T>(bits);
  return true;
}

template <class Size>
bool decoder::load_payload(item& x, kind type) {
  Size size{};
  return load(size) && payload(x, type, size);
}

template <class Size>
bool decoder::load_container(item& x, kind type) {
  Size count{};
  return load(count) && container(x, type, count);
}

template <class Size>
bool decoder::load_extension(item& x) {
  Size size{};
  return load(size) && extension(x, size);
}

bool decoder::payload(item& x, kind type, size_t size) {
  if (size > left())
    return malformed("ends too early");
  x.kind = type;
  x.payload = {pos_, size};
  pos_ += size;
  return true;
}

bool decoder::container(item& x, kind type, uint32_t count) {
  // An element takes at least a byte.
  if (count > left() / (type == kind::dict ? 2 : 1))
    return malformed("ends too early");
  x.kind = type;
  x.count = count;
  return true;
}

bool decoder::extension(item& x, size_t size) {
  int8_t type = 0;
  if (!load(type))
    return false;
  if (size > left())
    return malformed("ends too early");
  auto found = detail::find_extension(type);
  if (found == nullptr)
    return malformed("extension type " + std::to_string(type));
  if (found->kind == kind::integer)
    return integer(x, size);
  if (found->has_elements)
    return elements(x, found->kind, pos_ + size);
  if (!payload(x, found->kind, size))
    return false;
  if (found->has_attachment)
    return attach(x);
  if (x.kind == kind::array) {
    x.array = x.payload;
    detail::unwrap_scalar(x);
  } else if (x.kind == kind::kept)
    refer(x);
  return true;
}

bool decoder::integer(item& x, size_t size) {
  if (size == 0)
    return malformed("an int without digits");
  auto number = big_integer::from_bytes({pos_, size});
  auto bits = number.bits64();
  if (!bits)
    return payload(x, kind::integer, size);
  pos_ += size;
  x.negative = number.negative();
  x.bits = *bits;
  return true;
}

bool decoder::attach(item& x) {
  auto& attachments = beside_.attachments;
  if (attachments.empty())
    return malformed("an attachment is missing");
  x.attached = &attachments[0];
  attachments = attachments.subspan(1);
  return true;
}

/// An object whose reference was lost may stand among others.
void decoder::refer(item& x) {
  detail::kept_payload payload{x.payload};
  auto& kept = beside_.kept;
  if (kept.empty() || payload.key == 0 || kept[0]->number() != payload.number)
    return;
  x.reference = &kept[0];
  kept = kept.subspan(1);
}

bool decoder::elements(item& x, kind type, const char* end) {
  // Not next(), for which a tuple could begin with a tuple, and so on
  // endlessly.
  uint8_t tag = 0;
  if (!load(tag))
    return false;
  auto ok = false;
  if (tag == 0xdc)
    ok = load_container<uint16_t>(x, type);
  else if (tag == 0xdd)
    ok = load_container<uint32_t>(x, type);
  else if ((tag & 0xf0) == 0x90)
    ok = container(x, type, tag & 0x0f);
  else
    return malformed("a " + std::string{detail::to_string(type)}
                     + " without elements");
  x.end = end;
  return ok;
}

// -- errors -------------------------------------------------------------------

bool decoder::fail(std::string text) {
  failure_.emplace().text = std::move(text);
  return false;
}

bool decoder::fail(const decoder& part) {
  failure_ = part.failure_;
  return false;
}

bool decoder::mismatch(std::string_view expected, const item& got) {
  return mismatch(expected, detail::to_string(got.kind));
}

bool decoder::mismatch(std::string_view expected, std::string_view got) {
  auto& stored = failure_.emplace().mismatch;
  stored.expected = expected;
  stored.found = got;
  return false;
}

bool decoder::malformed(std::string_view reason) {
  return fail("malformed MessagePack: " + std::string{reason});
}

bool decoder::in(const std::string& part) {
  // A codec of the user may have returned false without a reason.
  if (!failure_)
    failure_.emplace();
  failure_->mismatch.path.insert(0, part);
  return false;
}

bool decoder::in_element(size_t index) {
  return in('[' + std::to_string(index) + ']');
}

bool decoder::in_field(std::string_view name) {
  return in('.' + std::string{name});
}

bool decoder::in_entry(std::span<const char> key) {
  return in('[' + detail::repr(key, 64) + ']');
}

caf::error decoder::error() const {
  auto [text, mismatch] = failure_.value_or(failure{});
  if (mismatch.path.starts_with('.'))
    mismatch.path.erase(0, 1);
  auto result = mismatch.path;
  if (!result.empty())
    result += ": ";
  if (mismatch.expected.empty())
    return caf::make_error(errc::undecodable, result + text);
  result += "expected " + mismatch.expected + ", got " + mismatch.found;
  return caf::make_error(errc::undecodable, std::move(result),
                         std::move(mismatch));
}

} // namespace venomous
