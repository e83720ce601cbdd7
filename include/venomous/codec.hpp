#pragma once

#include "venomous/big_integer.hpp"
#include "venomous/error.hpp"

#include <caf/expected.hpp>
#include <msgpack.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

/// @file
/// How C++ types become MessagePack and come back. A type is known if `codec`
/// is specialized for it; a struct becomes known by `MSGPACK_DEFINE_MAP`.

namespace venomous {

/// Python's bytes.
using bytes = std::vector<std::byte>;

/// Memory that several values may share.
using shared_buffer = std::shared_ptr<const char[]>;

/// How deep containers may nest: more is an error for whoever decodes.
constexpr size_t max_depth = 512;

/// Maps `T` to MessagePack and back. A specialization has:
/// - `name()`, what Python calls it
/// - `is_exact(kind)`, whether no conversion is needed for such an item
/// - `encode(encoder&, const T&)`
/// - `decode(decoder&, T&)`, which is left out for types that own nothing
template <class T>
struct codec;

// -- writing ------------------------------------------------------------------

/// Writes values as MessagePack into a buffer of its own. What one item cannot
/// hold (4 GiB, or as many elements) is a `std::length_error`.
class encoder {
public:
  /// Writes `x` as `codec<T>` has it.
  template <class T>
  void put(const T& x) {
    codec<T>::encode(*this, x);
  }

  /// Writes None.
  void put_none();

  /// Writes True or False.
  void put_bool(bool x);

  /// Writes an int, in as few bytes as can be.
  void put_int(int64_t x);

  /// Writes an int that is not negative, in as few bytes as can be.
  void put_uint(uint64_t x);

  /// Writes an int, as an extension only if it exceeds 64 bits.
  void put_int(const big_integer& x);

  /// Writes a float in nine bytes, whole numbers too: 2.0 does not become 2.
  void put_float(double x);

  /// Writes a str. Nobody checks here that it is UTF-8: Python does.
  void put_str(std::string_view x);

  /// Writes bytes.
  void put_bytes(std::span<const std::byte> x);

  /// Begins a list: `size` elements have to follow.
  void put_list(size_t size);

  /// Begins a dict: `size` keys have to follow, each with its value.
  void put_dict(size_t size);

  /// Writes a tuple of the `size` elements that `put_elements()` puts.
  template <class F>
  void put_tuple(size_t size, F put_elements) {
    auto start = buffer_.size();
    put_list(size);
    put_elements();
    make_tuple(start);
  }

  /// Appends what is MessagePack already.
  void write(const char* data, size_t size) {
    buffer_.append(data, size);
  }

  /// Returns all that was put.
  std::string take() {
    return std::move(buffer_);
  }

private:
  void make_tuple(size_t start);

  std::string buffer_;
};

// -- reading ------------------------------------------------------------------

namespace detail {

enum class kind : uint8_t {
  none,
  boolean,
  integer,
  floating,
  string,
  bytes,
  list,
  tuple,
  dict,
};

/// What Python calls it.
const char* to_string(kind x);

/// A scalar, or the head of a container whose elements follow.
struct item {
  detail::kind kind = kind::none;
  /// For integers: whether `bits` is an `int64_t`, not a `uint64_t`.
  bool negative = false;
  union {
    bool boolean;
    uint64_t bits;
    double floating;
    /// Elements of a list or tuple, pairs of a dict.
    uint32_t count = 0;
  };
  /// Content of a string or bytes, or of an integer that exceeds 64 bits.
  std::string_view payload;
  /// For tuples: where the elements have to end.
  const char* end = nullptr;

  bool is_big() const noexcept {
    return !payload.empty();
  }

  /// Returns the integer that this is.
  big_integer integer() const;
};

/// Renders an integer, or only its size if it is very long.
std::string to_string(const big_integer& x, size_t max_bytes);

/// Renders `data` as Python would: at most `max_size` characters, then "...".
std::string repr(std::span<const char> data, size_t max_size);

} // namespace detail

/// Reads MessagePack that nobody has checked. Every function that returns a
/// `bool` returns `false` for an error, which ends the decoding.
class decoder {
public:
  using kind = detail::kind;

  using item = detail::item;

  /// @param data has to outlive the decoder.
  /// @param owner keeps `data` alive, for values that share it.
  explicit decoder(std::span<const char> data, shared_buffer owner = {})
    : pos_(data.data()),
      end_(data.data() + data.size()),
      owner_(std::move(owner)),
      max_attempted_(65'536 + data.size() * 64) {
    // nop
  }

  /// Reads `x` as `codec<T>` has it.
  template <class T>
  bool get(T& x) {
    return codec<T>::decode(*this, x);
  }

  /// Reads a scalar or the head of a container.
  bool next(item& x);

  /// Reads an item that has to be of kind `what`.
  bool next(item& x, kind what, std::string_view expected) {
    return next(x) && (x.kind == what || mismatch(expected, x));
  }

  /// Looks at what comes next without reading it.
  bool peek(item& x) {
    auto pos = pos_;
    auto ok = next(x);
    pos_ = pos;
    return ok;
  }

  /// Reads a whole value and checks that it is one.
  bool skip();

  /// Calls `read(i)` for each element of the container that `head` began; for
  /// a dict it has to read key and value.
  template <class F>
  bool each(const item& head, F read) {
    if (!enter())
      return false;
    for (uint32_t i = 0; i < head.count; ++i)
      if (!read(i))
        return false;
    return leave(head);
  }

  /// Checks that nothing is left.
  bool finish();

  /// Returns where in the data the next item begins.
  const char* position() const noexcept {
    return pos_;
  }

  /// Returns what keeps the data alive, null if nothing does.
  const shared_buffer& owner() const noexcept {
    return owner_;
  }

  /// Returns for how many of `count` elements of `T` memory may be reserved:
  /// little input shall not claim much memory.
  template <class T>
  size_t reservable(uint32_t count) const noexcept {
    return std::min<size_t>(count, left() * 8 / sizeof(T));
  }

  // -- errors -----------------------------------------------------------------

  // Each of these returns false, for the caller to return.

  /// Stores an error.
  bool fail(std::string text);

  /// Stores the error that there is `got` where `expected` was asked for, both
  /// as Python calls them.
  bool mismatch(std::string_view expected, const item& got);

  /// Stores the error that the data is no MessagePack, or none of Python's.
  bool malformed(std::string_view what);

  /// Adds to the front of the path to the error: an element of a list.
  bool in_element(uint32_t index);

  /// Adds to the front of the path to the error: a field of a struct.
  bool in_field(std::string_view name);

  /// Adds to the front of the path to the error: an entry of a dict.
  bool in_entry(std::span<const char> key);

  /// Returns the stored error as `errc::undecodable`: its path, then its text.
  caf::error error() const;

  // -- second attempts --------------------------------------------------------

  /// Calls `read()`, and is as before if that fails, but for the error.
  template <class F>
  bool attempt(F read) {
    // Alternatives within alternatives could make a few bytes the work of
    // hours, were there no limit.
    if (attempted_ > max_attempted_)
      return fail("too many alternatives failed");
    auto pos = pos_;
    auto depth = depth_;
    text_.clear();
    path_.clear();
    if (read())
      return true;
    attempted_ += static_cast<size_t>(pos_ - pos);
    pos_ = pos;
    depth_ = depth;
    return false;
  }

private:
  size_t left() const noexcept {
    return static_cast<size_t>(end_ - pos_);
  }

  template <class T>
  bool load(T& x);

  template <class T>
  bool load_int(item& x);

  template <class Bits, class T>
  bool load_float(item& x);

  template <class Size>
  bool load_payload(item& x, kind what);

  template <class Size>
  bool load_container(item& x, kind what);

  template <class Size>
  bool load_extension(item& x);

  bool payload(item& x, kind what, size_t size);

  bool container(item& x, kind what, uint32_t count);

  bool extension(item& x, size_t size);

  bool integer(item& x, size_t size);

  bool tuple(item& x, const char* end);

  bool enter();

  bool leave(const item& head);

  const char* pos_;
  const char* end_;
  shared_buffer owner_;
  size_t depth_ = 0;
  /// Bytes that failed attempts have read.
  size_t attempted_ = 0;
  size_t max_attempted_;
  std::string text_;
  std::string path_;
};

// -- concepts -----------------------------------------------------------------

/// A type that can be sent to Python.
template <class T>
concept encodable = requires(encoder& out, const T& x) {
  codec<T>::encode(out, x);
};

/// A type that what Python returns can be made into.
template <class T>
concept decodable = std::default_initializable<T> && requires(decoder& in,
                                                              T& x) {
  { codec<T>::decode(in, x) } -> std::same_as<bool>;
};

// -- scalars ------------------------------------------------------------------

namespace detail {

/// For types that have one kind, which no other kind converts to.
template <kind Kind>
struct kind_codec {
  static std::string name() {
    return to_string(Kind);
  }

  static bool is_exact(kind x) {
    return x == Kind;
  }

  static bool next(decoder& in, item& x) {
    return in.next(x, Kind, to_string(Kind));
  }
};

template <class T>
struct none_codec : kind_codec<kind::none> {
  static void encode(encoder& out, const T&) {
    out.put_none();
  }

  static bool decode(decoder& in, T&) {
    item x;
    return none_codec::next(in, x);
  }
};

template <class T>
struct str_codec : kind_codec<kind::string> {
  static void encode(encoder& out, std::string_view x) {
    out.put_str(x);
  }
};

/// Reads a `double` from a float or an int that is the same number.
bool get_float(decoder& in, double& result);

} // namespace detail

template <>
struct codec<std::nullptr_t> : detail::none_codec<std::nullptr_t> {};

template <>
struct codec<std::monostate> : detail::none_codec<std::monostate> {};

template <>
struct codec<bool> : detail::kind_codec<detail::kind::boolean> {
  static void encode(encoder& out, bool x) {
    out.put_bool(x);
  }

  static bool decode(decoder& in, bool& result) {
    detail::item x;
    if (!next(in, x))
      return false;
    result = x.boolean;
    return true;
  }
};

template <number_type T>
struct codec<T> : detail::kind_codec<detail::kind::integer> {
  static void encode(encoder& out, T x) {
    if constexpr (std::signed_integral<T>)
      out.put_int(int64_t{x});
    else
      out.put_uint(x);
  }

  static bool decode(decoder& in, T& result) {
    detail::item x;
    if (!codec::next(in, x))
      return false;
    if (!fits(x))
      return in.fail("expected int from "
                     + std::to_string(std::numeric_limits<T>::min()) + " to "
                     + std::to_string(std::numeric_limits<T>::max()) + ", got "
                     + detail::to_string(x.integer(), 32));
    result = static_cast<T>(x.bits);
    return true;
  }

private:
  static bool fits(const detail::item& x) {
    if (x.is_big())
      return false;
    return x.negative ? std::in_range<T>(static_cast<int64_t>(x.bits))
                      : std::in_range<T>(x.bits);
  }
};

template <>
struct codec<big_integer> : detail::kind_codec<detail::kind::integer> {
  static void encode(encoder& out, const big_integer& x) {
    out.put_int(x);
  }

  static bool decode(decoder& in, big_integer& result) {
    detail::item x;
    if (!next(in, x))
      return false;
    result = x.integer();
    return true;
  }
};

/// An int decodes as float if no digit is lost.
template <>
struct codec<double> : detail::kind_codec<detail::kind::floating> {
  static void encode(encoder& out, double x) {
    out.put_float(x);
  }

  static bool decode(decoder& in, double& result) {
    return detail::get_float(in, result);
  }
};

/// Python has no single precision: what comes back is rounded to it.
template <>
struct codec<float> : detail::kind_codec<detail::kind::floating> {
  static void encode(encoder& out, float x) {
    out.put_float(x);
  }

  static bool decode(decoder& in, float& result);
};

template <>
struct codec<std::string_view> : detail::str_codec<std::string_view> {};

template <>
struct codec<const char*> : detail::str_codec<const char*> {};

template <>
struct codec<char*> : detail::str_codec<char*> {};

template <size_t N>
struct codec<char[N]> : detail::kind_codec<detail::kind::string> {
  static void encode(encoder& out, const char (&x)[N]) {
    out.put_str({x, static_cast<size_t>(std::find(x, x + N, '\0') - x)});
  }
};

template <>
struct codec<std::string> : detail::str_codec<std::string> {
  static bool decode(decoder& in, std::string& result) {
    detail::item x;
    if (!next(in, x))
      return false;
    result = x.payload;
    return true;
  }
};

// -- bytes --------------------------------------------------------------------

namespace detail {

template <class Byte>
struct bytes_codec : kind_codec<kind::bytes> {
  static void encode(encoder& out, std::span<const Byte> x) {
    out.put_bytes(std::as_bytes(x));
  }

  static bool decode(decoder& in, std::vector<Byte>& result) {
    item x;
    if (!bytes_codec::next(in, x))
      return false;
    auto first = reinterpret_cast<const Byte*>(x.payload.data());
    result.assign(first, first + x.payload.size());
    return true;
  }
};

} // namespace detail

template <>
struct codec<std::vector<std::byte>> : detail::bytes_codec<std::byte> {};

template <>
struct codec<std::vector<unsigned char>> : detail::bytes_codec<unsigned char> {
};

template <>
struct codec<std::span<const std::byte>>
  : detail::kind_codec<detail::kind::bytes> {
  static void encode(encoder& out, std::span<const std::byte> x) {
    out.put_bytes(x);
  }
};

// -- lists --------------------------------------------------------------------

namespace detail {

/// Reads the head of a list or tuple.
bool next_sequence(decoder& in, item& head, std::string_view expected);

/// Reads the head of a list or tuple of exactly `size` elements.
bool next_sequence(decoder& in, item& head, std::string_view expected,
                   size_t size);

/// Any sequence of elements of one type becomes a list.
template <class List>
struct list_codec : kind_codec<kind::list> {
  using element = typename List::value_type;

  static void encode(encoder& out, const List& xs) requires encodable<element> {
    out.put_list(xs.size());
    for (const element& x : xs)
      out.put(x);
  }

  static bool decode(decoder& in, List& xs) requires decodable<element> {
    item head;
    if (!next_sequence(in, head, "list"))
      return false;
    xs.clear();
    if constexpr (requires { xs.reserve(1); })
      xs.reserve(in.template reservable<element>(head.count));
    return in.each(head, [&](uint32_t i) {
      element x{};
      if (!in.get(x))
        return in.in_element(i);
      xs.push_back(std::move(x));
      return true;
    });
  }
};

} // namespace detail

template <class T, class A>
struct codec<std::vector<T, A>> : detail::list_codec<std::vector<T, A>> {};

template <class T, class A>
struct codec<std::list<T, A>> : detail::list_codec<std::list<T, A>> {};

template <class T, class A>
struct codec<std::deque<T, A>> : detail::list_codec<std::deque<T, A>> {};

template <class T, size_t N>
struct codec<std::array<T, N>> : detail::kind_codec<detail::kind::list> {
  static void encode(encoder& out,
                     const std::array<T, N>& xs) requires encodable<T> {
    out.put_list(N);
    for (auto& x : xs)
      out.put(x);
  }

  static bool decode(decoder& in, std::array<T, N>& xs) requires decodable<T> {
    detail::item head;
    return detail::next_sequence(in, head, "list", N)
           && in.each(head, [&](uint32_t i) {
                return in.get(xs[i]) || in.in_element(i);
              });
  }
};

// -- tuples -------------------------------------------------------------------

namespace detail {

/// A list of the right length decodes as well.
template <class Tuple, class... Ts>
struct tuple_codec : kind_codec<kind::tuple> {
  static void encode(encoder& out,
                     const Tuple& xs) requires(encodable<Ts>&&...) {
    out.put_tuple(sizeof...(Ts), [&] {
      std::apply([&](auto&... x) { (out.put(x), ...); }, xs);
    });
  }

  static bool decode(decoder& in, Tuple& xs) requires(decodable<Ts>&&...) {
    item head;
    return next_sequence(in, head, "tuple", sizeof...(Ts))
           && in.each(head, [&](uint32_t i) {
                return get_element(in, xs, i) || in.in_element(i);
              });
  }

private:
  static bool get_element(decoder& in, Tuple& xs, uint32_t index) {
    auto get = [&](auto&... x) {
      [[maybe_unused]] uint32_t i = 0;
      auto ok = false;
      static_cast<void>(((i++ == index && (ok = in.get(x), true)) || ...));
      return ok;
    };
    return std::apply(get, xs);
  }
};

} // namespace detail

template <class... Ts>
struct codec<std::tuple<Ts...>>
  : detail::tuple_codec<std::tuple<Ts...>, Ts...> {};

template <class T, class U>
struct codec<std::pair<T, U>> : detail::tuple_codec<std::pair<T, U>, T, U> {};

// -- dicts --------------------------------------------------------------------

namespace detail {

template <class Map>
struct map_codec : kind_codec<kind::dict> {
  using key_type = typename Map::key_type;

  using mapped_type = typename Map::mapped_type;

  static void encode(encoder& out, const Map& xs) requires(
    encodable<key_type>&& encodable<mapped_type>) {
    out.put_dict(xs.size());
    for (auto& [key, x] : xs) {
      out.put(key);
      out.put(x);
    }
  }

  static bool decode(decoder& in, Map& xs) requires(
    decodable<key_type>&& decodable<mapped_type>) {
    item head;
    if (!map_codec::next(in, head))
      return false;
    xs.clear();
    return in.each(head, [&](uint32_t) {
      auto start = in.position();
      key_type key{};
      if (!in.get(key))
        return in.in_field("key");
      std::span key_data{start, in.position()};
      mapped_type x{};
      if (!in.get(x))
        return in.in_entry(key_data);
      xs.insert_or_assign(std::move(key), std::move(x));
      return true;
    });
  }
};

} // namespace detail

template <class K, class T, class C, class A>
struct codec<std::map<K, T, C, A>> : detail::map_codec<std::map<K, T, C, A>> {};

template <class K, class T, class H, class E, class A>
struct codec<std::unordered_map<K, T, H, E, A>>
  : detail::map_codec<std::unordered_map<K, T, H, E, A>> {};

// -- optional and variant -----------------------------------------------------

/// `std::nullopt` is None.
template <class T>
struct codec<std::optional<T>> {
  static std::string name() {
    return codec<T>::name() + " or None";
  }

  static bool is_exact(detail::kind x) {
    return x == detail::kind::none || codec<T>::is_exact(x);
  }

  static void encode(encoder& out,
                     const std::optional<T>& x) requires encodable<T> {
    if (x)
      out.put(*x);
    else
      out.put_none();
  }

  static bool decode(decoder& in,
                     std::optional<T>& result) requires decodable<T> {
    detail::item x;
    if (!in.peek(x))
      return false;
    if (x.kind != detail::kind::none)
      return in.get(result.emplace());
    result.reset();
    return in.next(x);
  }
};

/// Takes the first alternative that fits. Those that need a conversion count
/// only if none is of the very kind of the value: an int 2 never becomes 2.0
/// where there is an alternative for int.
template <class... Ts>
struct codec<std::variant<Ts...>> {
  using variant = std::variant<Ts...>;

  static std::string name() {
    std::string result;
    ((result += (result.empty() ? "" : " or ") + codec<Ts>::name()), ...);
    return result;
  }

  static bool is_exact(detail::kind x) {
    return (codec<Ts>::is_exact(x) || ...);
  }

  static void encode(encoder& out,
                     const variant& x) requires(encodable<Ts>&&...) {
    std::visit([&](auto& y) { out.put(y); }, x);
  }

  static bool decode(decoder& in,
                     variant& result) requires(decodable<Ts>&&...) {
    detail::item x;
    if (!in.peek(x))
      return false;
    if (is_exact(x.kind))
      return ((codec<Ts>::is_exact(x.kind) && attempt<Ts>(in, result)) || ...);
    return (attempt<Ts>(in, result) || ...) || in.mismatch(name(), x);
  }

private:
  template <class T>
  static bool attempt(decoder& in, variant& result) {
    return in.attempt([&] { return in.get(result.template emplace<T>()); });
  }
};

// -- structs ------------------------------------------------------------------

// MSGPACK_DEFINE_MAP generates a function that hands the number of fields, then
// each name and each field, to anything that looks like a packer. That is the
// only way to them, so the classes below look like packers.

namespace detail {

/// Writes the fields of a struct.
class field_writer {
public:
  explicit field_writer(encoder& out) : out_(out) {
    // nop
  }

  void pack_map(size_t size) {
    out_.put_dict(size);
  }

  template <class T>
  void pack(const T& x) {
    out_.put(x);
  }

private:
  encoder& out_;
};

/// Calls `on_field(name, field)` for each field of a struct.
template <class F>
class field_visitor {
public:
  explicit field_visitor(F on_field) : on_field_(std::move(on_field)) {
    // nop
  }

  void pack_map(size_t) {
    // nop
  }

  template <size_t N>
  void pack(const char (&name)[N]) {
    name_ = name;
  }

  template <class T>
  void pack(const T& x) {
    on_field_(name_, x);
  }

private:
  F on_field_;
  std::string_view name_;
};

template <class T, class F>
void for_each_field(const T& x, F on_field) {
  field_visitor<F> visitor{std::move(on_field)};
  x.msgpack_pack(visitor);
}

/// A struct that has MSGPACK_DEFINE_MAP.
template <class T>
concept mapped_struct = std::is_class_v<T> && requires(const T& x,
                                                       field_writer& writer) {
  x.msgpack_pack(writer);
};

} // namespace detail

/// Decoding asks for exactly the fields that the struct has.
template <detail::mapped_struct T>
struct codec<T> : detail::kind_codec<detail::kind::dict> {
  static void encode(encoder& out, const T& x) {
    detail::field_writer writer{out};
    x.msgpack_pack(writer);
  }

  static bool decode(decoder& in, T& x) {
    detail::item head;
    if (!codec::next(in, head))
      return false;
    std::vector<bool> seen;
    return in.each(head, [&](uint32_t) {
      detail::item key;
      return in.next(key, detail::kind::string, "name of a field")
             && decode_field(in, x, key.payload, seen);
    }) && has_all(in, x, seen);
  }

private:
  static bool decode_field(decoder& in, T& x, std::string_view key,
                           std::vector<bool>& seen) {
    size_t index = 0;
    auto found = false;
    auto ok = false;
    detail::for_each_field(
      x, [&]<class U>(std::string_view name, const U& field) {
        if (seen.size() == index)
          seen.push_back(false);
        if (name == key && !found) {
          found = true;
          // The packer's interface made it const: the struct itself is not.
          ok = seen[index] ? in.fail("field " + quoted(key) + " comes twice")
                           : in.get(const_cast<U&>(field)) || in.in_field(name);
          seen[index] = true;
        }
        ++index;
      });
    return found ? ok : in.fail("unknown field " + quoted(key));
  }

  static bool has_all(decoder& in, const T& x, const std::vector<bool>& seen) {
    size_t index = 0;
    auto ok = true;
    detail::for_each_field(x, [&](std::string_view name, const auto&) {
      auto missing = index >= seen.size() || !seen[index];
      if (ok && missing)
        ok = in.fail("missing field " + quoted(name));
      ++index;
    });
    return ok;
  }

  static std::string quoted(std::string_view x) {
    return '"' + std::string{x.substr(0, 64)} + '"';
  }
};

} // namespace venomous
