#pragma once

#include "venomous/big_integer.hpp"
#include "venomous/detail/attachment.hpp"
#include "venomous/detail/huge_pages.hpp"
#include "venomous/detail/kept_object.hpp"
#include "venomous/detail/kind.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace venomous {

/// Maps `T` to MessagePack and back, see `venomous/codec.hpp`.
template <class T>
struct codec;

/// Writes values as MessagePack into a buffer of its own. Content that does not
/// fit one item (4 GiB, or as many elements) is a `std::length_error`.
class encoder {
public:
  encoder() = default;

  /// @param takes_attachments whether values may have attachments.
  explicit encoder(bool takes_attachments)
    : takes_attachments_(takes_attachments) {
    // nop
  }

  /// Writes `x` by `codec<T>`.
  template <class T>
  void put(const T& x) {
    codec<T>::encode(*this, x);
  }

  /// Writes None.
  void put_none();

  /// Writes True or False.
  void put_bool(bool x);

  /// Writes an int, in as few bytes as possible.
  void put_int(int64_t x);

  /// Writes an int that is not negative, in as few bytes as possible.
  void put_uint(uint64_t x);

  /// Writes an int, as an extension only if it exceeds 64 bits.
  void put_int(const big_integer& x);

  /// Writes a float in nine bytes, even a whole number: 2.0 does not become 2.
  void put_float(double x);

  /// Writes a str. Python checks that it is UTF-8, this does not.
  void put_str(std::string_view x);

  /// Writes bytes.
  void put_bytes(std::span<const std::byte> x);

  /// Begins a list: `size` elements must follow.
  void put_list(size_t size);

  /// Begins a dict: `size` keys must follow, each with its value.
  void put_dict(size_t size);

  /// Writes a tuple, or a similar container, of the `size` elements that
  /// `put_all()` writes.
  template <class F>
  void put_elements(detail::kind type, size_t size, F put_all) {
    auto start = buffer_.size();
    put_list(size);
    put_all();
    make_extension(type, start);
  }

  /// Writes the payload of a type with a codec of its own.
  void put_payload(detail::kind type, std::string_view payload);

  /// Writes a payload that consists of both parts.
  void put_payload(detail::kind type, std::string_view head,
                   std::string_view rest);

  /// Writes `x` behind its size, four bytes in the byte order of this machine.
  /// The size is not MessagePack; it lets a reader skip `x`.
  template <class T>
  void put_sized(const T& x) {
    auto start = buffer_.size();
    buffer_.append(sizeof(uint32_t), '\0');
    put(x);
    set_size(start);
  }

  /// Returns whether `attach` may be called.
  bool takes_attachments() const noexcept {
    return takes_attachments_;
  }

  /// Adds an attachment of the item that was written just before.
  void attach(attachment x) {
    attachments_.push_back(std::move(x));
  }

  /// Writes an array whose elements are an attachment.
  void put_attached_array(std::string_view head, attachment elements);

  /// Returns all attachments, in order.
  std::vector<attachment> take_attachments() {
    return std::move(attachments_);
  }

  /// Adds a reference to the kept object that was written just before.
  void keep(detail::kept_reference x) {
    kept_.push_back(std::move(x));
  }

  /// Returns the references to all kept objects, in order.
  std::vector<detail::kept_reference> take_kept() {
    return std::move(kept_);
  }

  /// Appends MessagePack as it is.
  void write(const char* data, size_t size) {
    if (size >= detail::min_huge)
      make_room(size);
    buffer_.append(data, size);
  }

  /// Returns everything that was written.
  std::string take() {
    return std::move(buffer_);
  }

private:
  void make_room(size_t size);

  void make_extension(detail::kind type, size_t start);

  void set_size(size_t start);

  std::string buffer_;
  std::vector<attachment> attachments_;
  std::vector<detail::kept_reference> kept_;
  bool takes_attachments_ = true;
};

/// A type that can be sent to Python.
template <class T>
concept encodable = requires(encoder& out, const T& x) {
  codec<T>::encode(out, x);
};

} // namespace venomous
