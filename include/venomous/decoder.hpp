#pragma once

#include "venomous/big_integer.hpp"
#include "venomous/detail/attachment.hpp"
#include "venomous/detail/kept_object.hpp"
#include "venomous/detail/kind.hpp"
#include "venomous/error.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace venomous {

/// Maps `T` to MessagePack and back, see `venomous/codec.hpp`.
template <class T>
struct codec;

/// The maximum nesting depth of containers: more is an error when decoding.
constexpr size_t max_depth = 512;

namespace detail {

/// A scalar, or the head of a container whose elements follow.
struct item {
  detail::kind kind = kind::none;
  /// For integers: whether `bits` is an `int64_t`, not a `uint64_t`.
  bool negative = false;
  union {
    bool boolean;
    uint64_t bits;
    double floating;
    /// The number of elements of a list or similar container, or of pairs of a
    /// dict.
    uint32_t count = 0;
  };
  /// Content of a string or bytes, of an integer that exceeds 64 bits, or of a
  /// type with a codec of its own.
  std::string_view payload;
  /// Where the elements must end, null if they may end anywhere.
  const char* end = nullptr;
  /// Of an array that is not an attachment, or of a scalar that is one.
  std::string_view array = {};
  /// The elements that the payload describes, null if they come behind it.
  const attachment* attached = nullptr;
  /// The reference to a kept object, null if there is none.
  const kept_reference* reference = nullptr;

  bool is_big() const noexcept {
    return !payload.empty();
  }

  /// Returns the integer that this is.
  big_integer integer() const;
};

/// Renders an integer, or only its size if it is very long.
std::string to_string(const big_integer& x, size_t max_bytes);

} // namespace detail

/// Reads MessagePack that nobody has checked. Every function that returns a
/// `bool` returns `false` for an error, which ends the decoding.
class decoder {
public:
  using kind = detail::kind;

  using item = detail::item;

  /// @param data has to outlive the decoder.
  /// @param owner keeps `data` alive, for values that share it; null if nothing
  ///              does. Has to outlive the decoder, too.
  /// @param attachments has to outlive the decoder, too.
  /// @param kept the references to kept objects, in their order. Has to outlive
  ///             the decoder, too.
  explicit decoder(std::span<const char> data,
                   const shared_buffer* owner = nullptr,
                   std::span<const attachment> attachments = {},
                   std::span<const detail::kept_reference> kept = {}) {
    restart(data, owner, attachments, kept);
  }

  /// Starts over with other data. For many short values this is faster than a
  /// new decoder.
  void restart(std::span<const char> data, const shared_buffer* owner = nullptr,
               std::span<const attachment> attachments = {},
               std::span<const detail::kept_reference> kept = {}) {
    pos_ = data.data();
    end_ = data.data() + data.size();
    owner_ = owner == nullptr ? &nobody : owner;
    beside_ = {attachments, kept};
    depth_ = 0;
    nans_ = 0;
    attempted_ = 0;
    max_attempted_ = 65'536 + data.size() * 64;
    failure_.reset();
  }

  /// Reads `x` by `codec<T>`. An Enum counts as its value unless `codec<T>`
  /// asks for Enums.
  template <class T>
  bool get(T& x) {
    if (!at_enumeration() || codec<T>::is_exact(kind::enumeration))
      return codec<T>::decode(*this, x);
    item head;
    return next_enumeration(head)
           && each(head, [&](uint32_t) { return codec<T>::decode(*this, x); });
  }

  /// Reads a scalar or the head of a container.
  bool next(item& x);

  /// Reads an item that must be of kind `type`.
  bool next(item& x, kind type, std::string_view expected) {
    return next(x) && (x.kind == type || mismatch(expected, x));
  }

  /// Looks at the next item without reading it.
  bool peek(item& x) {
    auto pos = pos_;
    auto beside = beside_;
    auto ok = next(x);
    pos_ = pos;
    beside_ = beside;
    return ok;
  }

  /// Reads a whole value and checks that it is valid.
  bool skip();

  /// Reads the head of an Enum up to its value, which `head` has as its only
  /// element.
  bool next_enumeration(item& head);

  /// Reads the class and the names of the fields of a namedtuple that `head`
  /// began; from then on `head` has only the fields.
  /// @param names separated by spaces.
  bool next_fields(item& head, std::string_view& names);

  /// Calls `read(i)` for each element of the container that `head` began; for a
  /// dict it must read key and value.
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

  /// Returns the attachments of the items read from here on.
  std::span<const attachment> attachments() const noexcept {
    return beside_.attachments;
  }

  /// Returns the references to the kept objects read from here on.
  std::span<const detail::kept_reference> kept() const noexcept {
    return beside_.kept;
  }

  /// Returns the owner that keeps the data alive, null if there is none.
  const shared_buffer& owner() const noexcept {
    return *owner_;
  }

  /// Counts `x` if it is NaN.
  /// @returns `x`, or the replacement for NaN.
  double number(double x) noexcept {
    if (!std::isnan(x))
      return x;
    ++nans_;
    return read_nan_as_.value_or(x);
  }

  /// Returns how many of the numbers read so far are NaN.
  size_t nans() const noexcept {
    return nans_;
  }

  /// Makes NaN read as `x`, to find out whether NaN breaks an order.
  void read_nan_as(double x) noexcept {
    read_nan_as_ = x;
  }

  /// Returns for how many of `count` elements of type `T` memory may be
  /// reserved: a little input must not claim much memory.
  template <class T>
  size_t reservable(uint32_t count) const noexcept {
    return std::min<size_t>(count, left() * 8 / sizeof(T));
  }

  // -- errors -----------------------------------------------------------------

  // Each of these returns false, which the caller returns in turn.

  /// Stores an error.
  bool fail(std::string text);

  /// Stores the error that `got` is there instead of `expected`, both as Python
  /// calls them.
  bool mismatch(std::string_view expected, const item& got);

  /// Likewise, for what its kind alone does not tell.
  bool mismatch(std::string_view expected, std::string_view got);

  /// Takes over the error of `part`, which has read the same data in another
  /// form.
  bool fail(const decoder& part);

  /// Stores the error that the data is not MessagePack, or not any that Python
  /// sends.
  bool malformed(std::string_view reason);

  /// Prepends an element of a list to the path to the error.
  bool in_element(size_t index);

  /// Prepends a field of a struct to the path to the error.
  bool in_field(std::string_view name);

  /// Prepends an entry of a dict to the path to the error.
  bool in_entry(std::span<const char> key);

  /// Returns the stored error as `errc::undecodable`: its path, then its text,
  /// and a `value_mismatch` if it is one.
  caf::error error() const;

  // -- second attempts --------------------------------------------------------

  /// Calls `read()`, and restores the state before it if that fails, except for
  /// the error.
  template <class F>
  bool attempt(F read) {
    // Without a limit, alternatives within alternatives could turn a few bytes
    // into hours of work.
    if (attempted_ > max_attempted_)
      return fail("too many alternatives failed");
    auto pos = pos_;
    auto beside = beside_;
    auto depth = depth_;
    failure_.reset();
    if (read())
      return true;
    attempted_ += static_cast<size_t>(pos_ - pos);
    pos_ = pos;
    beside_ = beside;
    depth_ = depth;
    return false;
  }

private:
  static inline const shared_buffer nobody;

  /// Companions of the data that belong to items not read yet.
  struct others {
    std::span<const attachment> attachments;
    std::span<const detail::kept_reference> kept;
  };

  /// The stored error.
  struct failure {
    /// Empty for a mismatch, whose text is made of its parts.
    std::string text;
    value_mismatch mismatch;
  };

  /// Prepends `part` to the path to the error.
  bool in(const std::string& part);

  /// Returns whether the next item is an extension that is an Enum.
  bool at_enumeration() const noexcept {
    auto tag = pos_ == end_ ? uint8_t{0} : static_cast<uint8_t>(*pos_);
    return tag >= 0xc7 && tag <= 0xd8 && is_enumeration(tag);
  }

  bool is_enumeration(uint8_t tag) const noexcept;

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
  bool load_payload(item& x, kind type);

  template <class Size>
  bool load_container(item& x, kind type);

  template <class Size>
  bool load_extension(item& x);

  bool payload(item& x, kind type, size_t size);

  bool container(item& x, kind type, uint32_t count);

  bool extension(item& x, size_t size);

  bool integer(item& x, size_t size);

  bool attach(item& x);

  void refer(item& x);

  bool elements(item& x, kind type, const char* end);

  bool enter();

  bool leave(const item& head);

  const char* pos_ = nullptr;
  const char* end_ = nullptr;
  /// Not an owner itself: counting a reference costs more than a small value.
  const shared_buffer* owner_ = &nobody;
  others beside_;
  size_t depth_ = 0;
  size_t nans_ = 0;
  std::optional<double> read_nan_as_;
  /// Bytes that failed attempts have read.
  size_t attempted_ = 0;
  size_t max_attempted_ = 0;
  /// Optional, because most decoders read a number and never fail.
  std::optional<failure> failure_;
};

/// A type that a result of Python can be converted to.
template <class T>
concept decodable = std::default_initializable<T> && requires(decoder& in,
                                                              T& x) {
  { codec<T>::decode(in, x) } -> std::same_as<bool>;
};

} // namespace venomous
