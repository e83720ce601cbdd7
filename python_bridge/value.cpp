#include "venomous/value.hpp"

#include "venomous/snake_args.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace venomous {

namespace {

// Extension types of the wire.
constexpr int8_t ext_integer = 1;
constexpr int8_t ext_tuple = 2;

// -- magnitudes of big integers -----------------------------------------------

/// Base 2^32, lowest first, without leading zeros.
using limbs = std::vector<uint32_t>;

void multiply_add(limbs& xs, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (auto& x : xs) {
    carry += uint64_t{x} * factor;
    x = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0)
    xs.push_back(static_cast<uint32_t>(carry));
}

/// Returns the remainder.
uint32_t divide(limbs& xs, uint32_t divisor) {
  uint64_t rest = 0;
  for (auto i = xs.rbegin(); i != xs.rend(); ++i) {
    rest = (rest << 32) | *i;
    *i = static_cast<uint32_t>(rest / divisor);
    rest %= divisor;
  }
  while (!xs.empty() && xs.back() == 0)
    xs.pop_back();
  return static_cast<uint32_t>(rest);
}

/// Negates two's complement.
void negate(std::string& bytes) {
  auto carry = 1u;
  for (auto i = bytes.rbegin(); i != bytes.rend(); ++i) {
    carry += static_cast<uint8_t>(~*i);
    *i = static_cast<char>(carry);
    carry >>= 8;
  }
}

/// Returns two's complement without needless bytes in front.
std::string_view shortest(std::string_view bytes) {
  auto is_needless = [&] {
    auto sign = (bytes[1] & 0x80) != 0 ? '\xff' : '\0';
    return bytes[0] == sign;
  };
  while (bytes.size() > 1 && is_needless())
    bytes.remove_prefix(1);
  return bytes;
}

/// Returns the magnitude as bytes, highest first, with a zero in front.
std::string magnitude(const big_integer& x) {
  std::string result(1, x.negative() ? '\xff' : '\0');
  result += x.bytes();
  if (x.negative())
    negate(result);
  return result;
}

limbs to_limbs(std::string_view bytes) {
  limbs result((bytes.size() + 3) / 4);
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto byte = static_cast<uint8_t>(bytes[bytes.size() - 1 - i]);
    result[i / 4] |= uint32_t{byte} << (i % 4 * 8);
  }
  return result;
}

constexpr uint32_t billion = 1'000'000'000;

} // namespace

// -- big_integer --------------------------------------------------------------

caf::expected<big_integer> big_integer::parse(std::string_view decimal) {
  auto digits = decimal;
  auto negative = digits.starts_with('-');
  if (negative || digits.starts_with('+'))
    digits.remove_prefix(1);
  if (digits.empty()
      || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return caf::error{errc::undecodable,
                      "not an integer: \"" + std::string{decimal} + '"'};
  limbs xs;
  for (auto digit : digits)
    multiply_add(xs, 10, static_cast<uint32_t>(digit - '0'));
  std::string bytes(1, '\0');
  for (auto i = xs.rbegin(); i != xs.rend(); ++i)
    for (auto shift : {24, 16, 8, 0})
      bytes += static_cast<char>(*i >> shift);
  if (negative)
    negate(bytes);
  return from_bytes(bytes);
}

big_integer big_integer::from_bytes(std::string_view bytes) {
  big_integer result;
  if (!bytes.empty())
    result.bytes_ = shortest(bytes);
  return result;
}

void big_integer::assign(bool negative, uint64_t bits) {
  std::string bytes(1, negative ? '\xff' : '\0');
  for (auto shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(bits >> shift);
  bytes_ = shortest(bytes);
}

std::optional<uint64_t> big_integer::bits64() const noexcept {
  auto is_unsigned = bytes_.size() == 9 && bytes_[0] == '\0';
  if (bytes_.size() > 8 && !is_unsigned)
    return std::nullopt;
  auto result = negative() ? ~uint64_t{0} : uint64_t{0};
  for (auto byte : bytes_)
    result = (result << 8) | static_cast<uint8_t>(byte);
  return result;
}

std::optional<double> big_integer::exact_double() const {
  auto bytes = magnitude(*this);
  auto last = bytes.find_last_not_of('\0');
  if (last == std::string::npos)
    return 0.0;
  auto first = bytes.find_first_not_of('\0');
  if (last - first >= sizeof(uint64_t))
    return std::nullopt;
  uint64_t digits = 0;
  for (auto i = first; i <= last; ++i)
    digits = (digits << 8) | static_cast<uint8_t>(bytes[i]);
  auto exponent = (bytes.size() - 1 - last) * 8;
  auto width = std::bit_width(digits);
  if (width - std::countr_zero(digits) > std::numeric_limits<double>::digits
      || exponent + static_cast<size_t>(width)
           > std::numeric_limits<double>::max_exponent)
    return std::nullopt;
  auto result =
    std::ldexp(static_cast<double>(digits), static_cast<int>(exponent));
  return negative() ? -result : result;
}

std::string to_string(const big_integer& x) {
  auto xs = to_limbs(magnitude(x));
  std::string reversed;
  while (!xs.empty()) {
    auto rest = divide(xs, billion);
    for (auto i = 0; i < 9 && (rest != 0 || !xs.empty()); ++i, rest /= 10)
      reversed += static_cast<char>('0' + rest % 10);
  }
  if (reversed.empty())
    reversed = "0";
  if (x.negative())
    reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

// -- encoder ------------------------------------------------------------------

namespace {

template <class Stream>
msgpack::packer<Stream> packer(Stream& out) {
  return msgpack::packer<Stream>{out};
}

uint32_t checked_size(size_t size) {
  if (size > std::numeric_limits<uint32_t>::max())
    throw std::length_error{"venomous: too big for one value"};
  return static_cast<uint32_t>(size);
}

} // namespace

void encoder::put_none() {
  packer(*this).pack_nil();
}

void encoder::put_bool(bool x) {
  if (x)
    packer(*this).pack_true();
  else
    packer(*this).pack_false();
}

void encoder::put_int(int64_t x) {
  packer(*this).pack_int64(x);
}

void encoder::put_uint(uint64_t x) {
  packer(*this).pack_uint64(x);
}

void encoder::put_int(const big_integer& x) {
  if (auto bits = x.bits64()) {
    if (x.negative())
      put_int(static_cast<int64_t>(*bits));
    else
      put_uint(*bits);
    return;
  }
  auto bytes = x.bytes();
  packer(*this).pack_ext(checked_size(bytes.size()), ext_integer);
  write(bytes.data(), bytes.size());
}

void encoder::put_float(double x) {
  // Not pack_double(), which makes 2.0 the integer 2.
  auto bits = std::bit_cast<uint64_t>(x);
  char data[9] = {'\xcb'};
  for (auto i = 0; i < 8; ++i)
    data[1 + i] = static_cast<char>(bits >> (56 - 8 * i));
  write(data, sizeof(data));
}

void encoder::put_str(std::string_view x) {
  packer(*this).pack_str(checked_size(x.size()));
  write(x.data(), x.size());
}

void encoder::put_bytes(std::span<const std::byte> x) {
  packer(*this).pack_bin(checked_size(x.size()));
  write(reinterpret_cast<const char*>(x.data()), x.size());
}

void encoder::put_list(size_t size) {
  packer(*this).pack_array(checked_size(size));
}

void encoder::put_dict(size_t size) {
  packer(*this).pack_map(checked_size(size));
}

void encoder::make_tuple(size_t start) {
  // The head has the size of the elements, which is known only after them.
  encoder head;
  packer(head).pack_ext(checked_size(buffer_.size() - start), ext_tuple);
  buffer_.insert(start, head.buffer_);
}

// -- reading scalars ----------------------------------------------------------

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
  }
  return "???";
}

big_integer item::integer() const {
  if (is_big())
    return big_integer::from_bytes(payload);
  return negative ? big_integer{static_cast<int64_t>(bits)} : big_integer{bits};
}

std::string to_string(const big_integer& x, size_t max_bytes) {
  // The time to_string() takes grows with the square of the size.
  auto size = x.bytes().size();
  if (size <= max_bytes)
    return to_string(x);
  return "an int of " + std::to_string(size) + " bytes";
}

bool get_float(decoder& in, double& result) {
  item x;
  if (!in.next(x))
    return false;
  if (x.kind == kind::floating) {
    result = x.floating;
    return true;
  }
  if (x.kind != kind::integer)
    return in.mismatch("float", x);
  auto integer = x.integer();
  auto exact = integer.exact_double();
  if (!exact)
    return in.fail("expected float, got int " + to_string(integer, 32)
                   + ", which no float is equal to");
  result = *exact;
  return true;
}

bool next_sequence(decoder& in, item& head, std::string_view expected) {
  return in.next(head)
         && (head.kind == kind::list || head.kind == kind::tuple
             || in.mismatch(expected, head));
}

bool next_sequence(decoder& in, item& head, std::string_view expected,
                   size_t size) {
  if (!next_sequence(in, head, expected))
    return false;
  if (head.count == size)
    return true;
  return in.fail("expected " + std::string{expected} + " of "
                 + std::to_string(size) + ", got " + to_string(head.kind)
                 + " of " + std::to_string(head.count));
}

} // namespace detail

bool codec<float>::decode(decoder& in, float& result) {
  detail::item source;
  double x = 0;
  if (!in.peek(source) || !detail::get_float(in, x))
    return false;
  result = static_cast<float>(x);
  auto is_int = source.kind == detail::kind::integer;
  if ((is_int && result != x) || (std::isinf(result) && !std::isinf(x)))
    return in.fail("expected float of single precision, got "
                   + to_string(value{x}));
  return true;
}

// -- decoder: structure -------------------------------------------------------

bool decoder::skip() {
  item x;
  if (!next(x))
    return false;
  switch (x.kind) {
  case kind::list:
  case kind::tuple:
    return each(x, [this](uint32_t) { return skip(); });
  case kind::dict:
    return each(x, [this](uint32_t) { return skip() && skip(); });
  default:
    return true;
  }
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
  return head.kind != kind::tuple || pos_ == head.end
         || malformed("a tuple does not end where its elements do");
}

// -- decoder: items -----------------------------------------------------------

bool decoder::next(item& x) {
  uint8_t tag = 0;
  if (!load(tag))
    return false;
  x.kind = kind::integer;
  x.payload = {};
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
  std::make_unsigned_t<T> bits = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    bits = static_cast<decltype(bits)>(uint64_t{bits} << 8
                                       | static_cast<uint8_t>(*pos_++));
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
bool decoder::load_payload(item& x, kind what) {
  Size size{};
  return load(size) && payload(x, what, size);
}

template <class Size>
bool decoder::load_container(item& x, kind what) {
  Size count{};
  return load(count) && container(x, what, count);
}

template <class Size>
bool decoder::load_extension(item& x) {
  Size size{};
  return load(size) && extension(x, size);
}

bool decoder::payload(item& x, kind what, size_t size) {
  if (size > left())
    return malformed("ends too early");
  x.kind = what;
  x.payload = {pos_, size};
  pos_ += size;
  return true;
}

bool decoder::container(item& x, kind what, uint32_t count) {
  // An element takes a byte at least.
  if (count > left() / (what == kind::dict ? 2 : 1))
    return malformed("ends too early");
  x.kind = what;
  x.count = count;
  return true;
}

bool decoder::extension(item& x, size_t size) {
  int8_t type = 0;
  if (!load(type))
    return false;
  if (size > left())
    return malformed("ends too early");
  switch (type) {
  case ext_integer:
    return integer(x, size);
  case ext_tuple:
    return tuple(x, pos_ + size);
  default:
    return malformed("extension type " + std::to_string(type));
  }
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

bool decoder::tuple(item& x, const char* end) {
  // Not next(), for which a tuple could begin with a tuple without end.
  uint8_t tag = 0;
  if (!load(tag))
    return false;
  auto ok = false;
  if (tag == 0xdc)
    ok = load_container<uint16_t>(x, kind::tuple);
  else if (tag == 0xdd)
    ok = load_container<uint32_t>(x, kind::tuple);
  else if ((tag & 0xf0) == 0x90)
    ok = container(x, kind::tuple, tag & 0x0f);
  else
    return malformed("a tuple without elements");
  x.end = end;
  return ok;
}

// -- decoder: errors ----------------------------------------------------------

bool decoder::fail(std::string text) {
  text_ = std::move(text);
  return false;
}

bool decoder::mismatch(std::string_view expected, const item& got) {
  return fail("expected " + std::string{expected} + ", got "
              + detail::to_string(got.kind));
}

bool decoder::malformed(std::string_view what) {
  return fail("malformed MessagePack: " + std::string{what});
}

bool decoder::in_element(uint32_t index) {
  path_.insert(0, '[' + std::to_string(index) + ']');
  return false;
}

bool decoder::in_field(std::string_view name) {
  path_.insert(0, '.' + std::string{name});
  return false;
}

bool decoder::in_entry(std::span<const char> key) {
  path_.insert(0, '[' + detail::repr(key, 64) + ']');
  return false;
}

caf::error decoder::error() const {
  auto path = std::string_view{path_};
  if (path.starts_with('.'))
    path.remove_prefix(1);
  auto text = std::string{path};
  if (!text.empty())
    text += ": ";
  return caf::error{errc::undecodable, text + text_};
}

// -- rendering ----------------------------------------------------------------

namespace detail {

namespace {

class printer {
public:
  printer(std::span<const char> data, size_t max_size)
    : in_(data), max_size_(max_size) {
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
    }
    return false;
  }

  bool print_elements(const item& head, const char* open, const char* close) {
    put(open);
    return in_.each(head, [&](uint32_t i) {
      put(i == 0 ? "" : ", ");
      return print_item();
    }) && put(close);
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

std::string repr(std::span<const char> data, size_t max_size) {
  return printer{data, max_size}.print();
}

} // namespace detail

// -- value --------------------------------------------------------------------

value value::from_buffer(const shared_buffer& buffer, size_t offset,
                         size_t size) noexcept {
  value result;
  result.data_ = shared_buffer{buffer, buffer.get() + offset};
  result.size_ = size;
  return result;
}

value value::from_bytes(std::string bytes) {
  value result;
  result.assign(std::move(bytes));
  return result;
}

void value::assign(std::string bytes) {
  auto buffer = std::make_shared<const std::string>(std::move(bytes));
  size_ = buffer->size();
  data_ = shared_buffer{buffer, buffer->data()};
}

bool operator==(const value& x, const value& y) noexcept {
  return std::ranges::equal(x.bytes(), y.bytes());
}

std::string to_string(const value& x) {
  return detail::repr(x.bytes(), 1'000);
}

bool codec<value>::decode(decoder& in, value& result) {
  auto start = in.position();
  if (!in.skip())
    return false;
  auto size = static_cast<size_t>(in.position() - start);
  if (in.owner() == nullptr) {
    result = value::from_bytes({start, size});
    return true;
  }
  auto offset = static_cast<size_t>(start - in.owner().get());
  result = value::from_buffer(in.owner(), offset, size);
  return true;
}

// -- snake_args ---------------------------------------------------------------

snake_args::snake_args() : snake_args(std::string{}, std::string{}) {
  // nop
}

snake_args snake_args::with_args(std::string module, std::string func,
                                 const std::vector<value>& args) {
  snake_args result{std::move(module), std::move(func)};
  result.args_ = args;
  return result;
}

value snake_args::no_kwargs() {
  return value::from_bytes("\x80");
}

void snake_args::add(std::span<const keyword> added) {
  std::vector<keyword> all;
  detail::item head;
  decoder in{kwargs_.bytes()};
  if (in.next(head))
    in.each(head, [&](uint32_t) {
      detail::item name;
      return in.next(name)
             && in.get(all.emplace_back(name.payload, nullptr).second);
    });
  for (auto& [name, x] : added) {
    auto i = std::ranges::find(all, name, &keyword::first);
    if (i != all.end())
      i->second = x;
    else
      all.emplace_back(name, x);
  }
  encoder out;
  out.put_dict(all.size());
  for (auto& [name, x] : all) {
    out.put(name);
    out.put(x);
  }
  kwargs_ = value::from_bytes(out.take());
}

void snake_args::append_head(std::string& out) const {
  encoder head;
  head.put_str(module_);
  head.put_str(func_);
  out += head.take();
}

} // namespace venomous
