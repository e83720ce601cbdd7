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

/// Writes values as MessagePack into a buffer of its own. What one item cannot
/// hold (4 GiB, or as many elements) is a `std::length_error`.
class encoder {
public:
  encoder() = default;

  /// @param takes_attachments whether what is put may have some.
  explicit encoder(bool takes_attachments)
    : takes_attachments_(takes_attachments) {
    // nop
  }

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

  /// Writes a tuple, or what else is like one, of the `size` elements that
  /// `put_all()` puts.
  template <class F>
  void put_elements(detail::kind what, size_t size, F put_all) {
    auto start = buffer_.size();
    put_list(size);
    put_all();
    make_extension(what, start);
  }

  /// Writes what has a codec of its own.
  void put_payload(detail::kind what, std::string_view payload);

  /// Writes the same, of the bytes of both.
  void put_payload(detail::kind what, std::string_view head,
                   std::string_view rest);

  /// Writes the size of what follows in four bytes, as this machine has them,
  /// then `x`: no MessagePack, for those who skip what they need not read.
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

  /// Adds an attachment: what it belongs to was written just before.
  void attach(attachment x) {
    attachments_.push_back(std::move(x));
  }

  /// Writes an array whose elements are an attachment.
  void put_attached_array(std::string_view head, attachment elements);

  /// Returns all attachments, in their order.
  std::vector<attachment> take_attachments() {
    return std::move(attachments_);
  }

  /// Adds a reference to a kept object that was put just before.
  void keep(detail::kept_reference x) {
    kept_.push_back(std::move(x));
  }

  /// Returns the references to all kept objects, in their order.
  std::vector<detail::kept_reference> take_kept() {
    return std::move(kept_);
  }

  /// Appends what is MessagePack already.
  void write(const char* data, size_t size) {
    if (size >= detail::min_huge)
      make_room(size);
    buffer_.append(data, size);
  }

  /// Returns all that was put.
  std::string take() {
    return std::move(buffer_);
  }

private:
  void make_room(size_t size);

  void make_extension(detail::kind what, size_t start);

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
