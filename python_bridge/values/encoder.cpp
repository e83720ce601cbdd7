#include "venomous/encoder.hpp"

#include "python_bridge/wire/extension.hpp"

#include <msgpack.hpp>

#include <bit>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace venomous {

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
  put_payload(detail::kind::integer, bytes);
}

void encoder::put_payload(detail::kind type, std::string_view payload) {
  put_payload(type, payload, {});
}

void encoder::put_payload(detail::kind type, std::string_view head,
                          std::string_view rest) {
  auto ext = static_cast<int8_t>(detail::extension_of(type).type);
  packer(*this).pack_ext(checked_size(head.size() + rest.size()), ext);
  write(head.data(), head.size());
  write(rest.data(), rest.size());
}

void encoder::put_attached_array(std::string_view head, attachment elements) {
  auto type = static_cast<int8_t>(ext_type::attached_array);
  packer(*this).pack_ext(checked_size(head.size()), type);
  write(head.data(), head.size());
  attach(std::move(elements));
}

void encoder::put_float(double x) {
  // Not pack_double(), which turns 2.0 into the integer 2.
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

void encoder::make_room(size_t size) {
  auto used = buffer_.size();
  if (buffer_.capacity() - used >= size)
    return;
  buffer_.reserve(used + size);
  detail::want_huge_pages(buffer_.data() + used, buffer_.capacity() - used);
}

void encoder::make_extension(detail::kind type, size_t start) {
  // The head has the size of the elements, which is known only after them.
  encoder head;
  auto ext = static_cast<int8_t>(detail::extension_of(type).type);
  packer(head).pack_ext(checked_size(buffer_.size() - start), ext);
  buffer_.insert(start, head.buffer_);
}

void encoder::set_size(size_t start) {
  auto size = checked_size(buffer_.size() - start - sizeof(uint32_t));
  std::memcpy(buffer_.data() + start, &size, sizeof(size));
}

} // namespace venomous
