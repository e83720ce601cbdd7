#pragma once

#include "venomous/codec.hpp"
#include "venomous/detail/compat.hpp"

#include <caf/expected.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace venomous {

class ndarray;

namespace detail {

/// Companions of the MessagePack of a value, in the order in which they occur
/// there.
struct companions : caf::ref_counted {
  std::vector<attachment> attachments;
  std::vector<kept_reference> kept;
};

} // namespace detail

/// A Python value: arguments are made from values, and a call returns one. It
/// is immutable, copies share their memory, and only `as` inspects it. Python
/// never changes a value, except in memory of `pool::arena()`. Long arrays
/// share their elements with the `ndarray` that they are made from or decoded
/// as: writing to those in C++ changes the value.
class value {
public:
  // -- constructors -----------------------------------------------------------

  /// Makes None.
  value() noexcept = default;

  /// Makes a value of anything encodable. Throws `std::length_error` if `x`
  /// contains a string or container of 4 GiB or more.
  template <class T>
  requires(!std::same_as<T, value> && encodable<T>) value(const T& x) {
    encoder out;
    out.put(x);
    assign(out.take(), out.take_attachments(), out.take_kept());
  }

  /// Takes MessagePack that is a part of `buffer`, without a copy. Nothing
  /// checks the bytes before `as` does.
  static value from_buffer(const shared_buffer& buffer, size_t offset,
                           size_t size) noexcept {
    value result;
    result.data_ = shared_buffer{buffer, buffer.get() + offset};
    result.size_ = size;
    return result;
  }

  /// Takes MessagePack and its companions.
  static value from_buffer(const shared_buffer& buffer, size_t offset,
                           size_t size, std::vector<attachment> attachments,
                           std::vector<detail::kept_reference> kept = {});

  /// Takes MessagePack, see `from_buffer`.
  static value from_bytes(std::string bytes,
                          std::vector<attachment> attachments = {},
                          std::vector<detail::kept_reference> kept = {});

  // -- properties -------------------------------------------------------------

  /// Returns the MessagePack.
  std::span<const char> bytes() const noexcept {
    if (data_ == nullptr)
      return {&none, 1};
    return {data_.get(), size_};
  }

  /// Returns the owner that keeps the MessagePack alive, null if none is
  /// needed.
  const shared_buffer& buffer() const noexcept {
    return data_;
  }

  /// Returns the companions of the MessagePack, in the order in which they
  /// occur there.
  std::span<const attachment> attachments() const noexcept {
    if (beside_ == nullptr)
      return {};
    return beside_->attachments;
  }

  /// Returns the references to the kept objects in this value, in order.
  std::span<const detail::kept_reference> kept() const noexcept {
    if (beside_ == nullptr)
      return {};
    return beside_->kept;
  }

  /// Returns the size of MessagePack and attachments in bytes.
  size_t total_size() const noexcept;

  /// Returns whether this is Python's None.
  bool is_none() const noexcept {
    return bytes().size() == 1 && bytes()[0] == none;
  }

  // -- conversion -------------------------------------------------------------

  /// Returns this as a `T`, or `errc::undecodable` with a text that says where
  /// it does not fit: "order.items[3].price: expected float, got str".
  template <decodable T>
  caf::expected<T> as() const {
    decoder in{{}};
    T result{};
    if (decode(in, result))
      return result;
    return in.error();
  }

  /// Reads this into `result` through `in`, which holds the error if there is
  /// one. For many short values this is faster than `as`.
  template <decodable T>
  bool decode(decoder& in, T& result) const {
    in.restart(bytes(), &data_, attachments(), kept());
    return in.get(result) && in.finish();
  }

  // -- comparison -------------------------------------------------------------

  /// Returns whether both have the same MessagePack and attachments: 1 and 1.0
  /// are not equal, nor are dicts of another order.
  friend bool operator==(const value& x, const value& y) noexcept;

private:
  static constexpr char none = '\xc0';

  void assign(std::string bytes, std::vector<attachment> attachments,
              std::vector<detail::kept_reference> kept);

  void put_beside(std::vector<attachment> attachments,
                  std::vector<detail::kept_reference> kept);

  /// Null for None.
  shared_buffer data_;
  size_t size_ = 0;
  /// Null if there are none. A single pointer, because a map has a value for
  /// each item, and most values need no more.
  caf::intrusive_ptr<const detail::companions> beside_;
};

namespace detail {

std::vector<attachment> to_attachments(std::vector<std::string> contents);

/// Keeps `x` alive as memory that others may share.
shared_buffer to_buffer(std::string x);

} // namespace detail

/// Renders as Python would, up to 1,000 characters.
/// @relates value
std::string to_string(const value& x);

/// Lets values travel in CAF's messages. References to kept objects get lost
/// when those are serialized: using such an object is an error.
/// @relates value
template <class Inspector>
compat::inspect_result<Inspector> inspect(Inspector& f, value& x) {
  std::string bytes;
  std::vector<std::string> attached;
  auto keeps = !x.kept().empty();
  if constexpr (compat::is_saving<Inspector>) {
    bytes.assign(x.bytes().begin(), x.bytes().end());
    for (auto& each : x.attachments())
      attached.emplace_back(each.data.get(), each.size);
  }
  auto load = [&] {
    auto those = detail::to_attachments(std::move(attached));
    if (keeps)
      detail::lose_kept(bytes, those);
    x = value::from_bytes(std::move(bytes), std::move(those));
    return caf::error{};
  };
  return compat::inspect_fields_then(
    f, x, "venomous::value", load, compat::field("bytes", bytes),
    compat::field("attached", attached), compat::field("keeps", keeps));
}

/// A value within others keeps its bytes, and shares them when decoded.
template <>
struct codec<value> {
  static std::string name() {
    return "any";
  }

  static bool is_exact(detail::kind) {
    return true;
  }

  /// Throws `std::invalid_argument` if `x` has attachments or kept objects, and
  /// `out` takes none.
  static void encode(encoder& out, const value& x);

  static bool decode(decoder& in, value& result);
};

namespace detail {

/// Types that only this library can decode.
template <class T>
constexpr bool is_own = false;

template <>
inline constexpr bool is_own<value> = true;

template <>
inline constexpr bool is_own<big_integer> = true;

template <>
inline constexpr bool is_own<std::monostate> = true;

template <>
inline constexpr bool is_own<decimal> = true;

template <>
inline constexpr bool is_own<uuid> = true;

template <>
inline constexpr bool is_own<range> = true;

template <>
inline constexpr bool is_own<bytearray> = true;

template <>
inline constexpr bool is_own<datetime> = true;

template <>
inline constexpr bool is_own<time_of_day> = true;

template <>
inline constexpr bool is_own<std::chrono::year_month_day> = true;

template <>
inline constexpr bool is_own<std::filesystem::path> = true;

template <>
inline constexpr bool is_own<ndarray> = true;

template <class Rep, class Period>
inline constexpr bool is_own<std::chrono::duration<Rep, Period>> = true;

template <class Clock, class Duration>
inline constexpr bool is_own<std::chrono::time_point<Clock, Duration>> = true;

template <class Set>
inline constexpr bool is_own<frozen<Set>> = true;

template <class T>
requires std::is_enum_v<T>
inline constexpr bool is_own<T> = true;

template <class... Ts>
inline constexpr bool is_own<std::variant<Ts...>> = true;

} // namespace detail

} // namespace venomous

// MSGPACK_DEFINE_MAP also generates a function by which msgpack itself decodes
// the struct. Nothing calls it here, but it compiles only for fields that
// msgpack can decode.
template <class T>
struct msgpack::adaptor::convert<
  T, std::enable_if_t<venomous::detail::is_own<T>>> {
  const msgpack::object& operator()(const msgpack::object& source,
                                    T& result) const {
    venomous::encoder out;
    msgpack::pack(out, source);
    auto bytes = out.take();
    if (!venomous::decoder{bytes}.get(result))
      throw msgpack::type_error();
    return source;
  }
};
