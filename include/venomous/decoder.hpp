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

/// How deep containers may nest: more is an error for whoever decodes.
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
    /// Elements of a list or of what is like one, pairs of a dict.
    uint32_t count = 0;
  };
  /// Content of a string or bytes, of an integer that exceeds 64 bits, or of
  /// what has a codec of its own.
  std::string_view payload;
  /// Where the elements have to end, null if they may anywhere.
  const char* end = nullptr;
  /// Of an array that is no attachment, or of a scalar that is one.
  std::string_view array = {};
  /// What the payload describes, null if that comes behind it.
  const attachment* attached = nullptr;
  /// To the object if that is kept, null if there is none.
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

  /// Begins anew with other data. Faster than another decoder is, where there
  /// are many short values.
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

  /// Reads `x` as `codec<T>` has it. An Enum counts as its value unless
  /// `codec<T>` asks for Enums.
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

  /// Reads an item that has to be of kind `what`.
  bool next(item& x, kind what, std::string_view expected) {
    return next(x) && (x.kind == what || mismatch(expected, x));
  }

  /// Looks at what comes next without reading it.
  bool peek(item& x) {
    auto pos = pos_;
    auto beside = beside_;
    auto ok = next(x);
    pos_ = pos;
    beside_ = beside;
    return ok;
  }

  /// Reads a whole value and checks that it is one.
  bool skip();

  /// Reads the head of an Enum up to its value, which `head` has as its only
  /// element.
  bool next_enumeration(item& head);

  /// Reads the class and the names of the fields of a namedtuple, which `head`
  /// began and has only the fields of from now on.
  /// @param names has a space between each two.
  bool next_fields(item& head, std::string_view& names);

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

  /// Returns the attachments of what is read next and later.
  std::span<const attachment> attachments() const noexcept {
    return beside_.attachments;
  }

  /// Returns the references to the kept objects that are read next and later.
  std::span<const detail::kept_reference> kept() const noexcept {
    return beside_.kept;
  }

  /// Returns what keeps the data alive, null if nothing does.
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

  /// Takes over the error of `part`, which has read the same data in another
  /// form.
  bool fail(const decoder& part);

  /// Stores the error that the data is no MessagePack, or none of Python's.
  bool malformed(std::string_view what);

  /// Adds to the front of the path to the error: an element of a list.
  bool in_element(size_t index);

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

  /// What travels beside the data and belongs to nothing that was read yet.
  struct others {
    std::span<const attachment> attachments;
    std::span<const detail::kept_reference> kept;
  };

  /// The stored error.
  struct failure {
    std::string text = {};
    std::string path = {};
  };

  /// Adds `part` to the front of the path to the error.
  bool in(const std::string& part);

  /// Returns whether an extension comes next that is an Enum.
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
  bool load_payload(item& x, kind what);

  template <class Size>
  bool load_container(item& x, kind what);

  template <class Size>
  bool load_extension(item& x);

  bool payload(item& x, kind what, size_t size);

  bool container(item& x, kind what, uint32_t count);

  bool extension(item& x, size_t size);

  bool integer(item& x, size_t size);

  bool attach(item& x);

  void refer(item& x);

  bool elements(item& x, kind what, const char* end);

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

/// A type that what Python returns can be made into.
template <class T>
concept decodable = std::default_initializable<T> && requires(decoder& in,
                                                              T& x) {
  { codec<T>::decode(in, x) } -> std::same_as<bool>;
};

} // namespace venomous
