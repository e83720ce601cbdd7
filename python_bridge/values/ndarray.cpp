#include "venomous/ndarray.hpp"

#include "python_bridge/memory/host_arena.hpp"
#include "python_bridge/values/array_item.hpp"
#include "python_bridge/wire/array_header.hpp"

#include <cstring>
#include <limits>
#include <new>

namespace venomous {

namespace {

// -- memory -------------------------------------------------------------------

constexpr size_t alignment = 64;

std::shared_ptr<char> allocate(size_t size) {
  auto align = std::align_val_t{alignment};
  auto bytes = static_cast<char*>(operator new(size, align));
  detail::want_huge_pages(bytes, size);
  auto release = [align](char* x) {
    operator delete(x, align);
  };
  return {bytes, release};
}

size_t checked_bytes(const dtype& type, const ndarray::shape_type& shape) {
  if (auto size = bytes_in_shape(type.itemsize(), shape);
      size && shape.size() <= array_header::max_dimensions)
    return *size;
  throw std::length_error{"venomous: an array larger than memory"};
}

size_t count_of(const ndarray::shape_type& shape) {
  size_t result = 1;
  for (auto extent : shape)
    result *= extent;
  return result;
}

/// Copies the elements along `axis` and those behind it, in C order.
char* pack(const ndarray& x, size_t axis, const char* from, char* to) {
  auto itemsize = x.dtype().itemsize();
  if (axis == x.ndim()) {
    std::memcpy(to, from, itemsize);
    return to + itemsize;
  }
  for (size_t i = 0; i < x.shape()[axis]; ++i, from += x.strides()[axis])
    to = pack(x, axis + 1, from, to);
  return to;
}

caf::error undecodable(std::string text) {
  return caf::make_error(errc::undecodable, std::move(text));
}

} // namespace

caf::expected<dtype> dtype::parse(std::string_view text) {
  if (auto result = from_text(text))
    return *std::move(result);
  return undecodable("no dtype: " + std::string{text});
}

// -- constructors -------------------------------------------------------------

ndarray::ndarray() : ndarray(zeros(venomous::dtype{}, {0})) {
  // nop
}

ndarray::ndarray(std::shared_ptr<char> data, venomous::dtype type,
                 shape_type shape, strides_type strides)
  : data_(std::move(data)),
    dtype_(std::move(type)),
    shape_(std::move(shape)),
    strides_(std::move(strides)) {
  // nop
}

ndarray ndarray::zeros(const venomous::dtype& type, shape_type shape) {
  auto size = checked_bytes(type, shape);
  auto data = allocate(size);
  std::memset(data.get(), 0, size);
  return from_memory(std::move(data), type, std::move(shape));
}

ndarray ndarray::from_memory(std::shared_ptr<char> data, venomous::dtype type,
                             shape_type shape) {
  checked_bytes(type, shape);
  auto strides = packed_strides(type.itemsize(), shape, false);
  return {std::move(data), std::move(type), std::move(shape),
          std::move(strides)};
}

ndarray ndarray::from_memory(std::shared_ptr<char> data, venomous::dtype type,
                             shape_type shape, strides_type strides) {
  checked_bytes(type, shape);
  if (shape.size() != strides.size())
    throw std::invalid_argument{"venomous: not as many strides as extents"};
  return {std::move(data), std::move(type), std::move(shape),
          std::move(strides)};
}

void ndarray::check_count(size_t count, const shape_type& shape) {
  if (!bytes_in_shape(1, shape) || count_of(shape) != count)
    throw std::invalid_argument{"venomous: " + std::to_string(count)
                                + " elements do not fill the shape "
                                + shape_text(shape)};
}

ndarray ndarray::copy_bytes(std::span<const std::byte> bytes,
                            const venomous::dtype& type, shape_type shape) {
  auto data = allocate(bytes.size());
  if (!bytes.empty())
    std::memcpy(data.get(), bytes.data(), bytes.size());
  return from_memory(std::move(data), type, std::move(shape));
}

// -- properties ---------------------------------------------------------------

size_t ndarray::size() const noexcept {
  return count_of(shape_);
}

bool ndarray::is_c_contiguous() const noexcept {
  return are_packed(strides_, dtype_.itemsize(), shape_, false);
}

bool ndarray::is_f_contiguous() const noexcept {
  return are_packed(strides_, dtype_.itemsize(), shape_, true);
}

std::optional<caf::error> ndarray::check(const venomous::dtype& wanted,
                                         size_t aligned, bool packed) const {
  if (dtype_ != wanted)
    return undecodable("expected array of " + venomous::to_string(wanted)
                       + ", got array of " + venomous::to_string(dtype_));
  if (packed && !is_c_contiguous())
    return undecodable("expected array in C order, got one that is not");
  auto bits = reinterpret_cast<uintptr_t>(data_.get());
  for (size_t i = 0; i < ndim(); ++i)
    if (shape_[i] > 1)
      bits |= static_cast<uintptr_t>(strides_[i]);
  if (size() > 0 && bits % aligned != 0)
    return undecodable("expected aligned array, got one that is not");
  return std::nullopt;
}

std::optional<caf::error> ndarray::check_rank(size_t rank) const {
  if (ndim() == rank)
    return std::nullopt;
  return undecodable("expected array of " + std::to_string(rank)
                     + " dimensions, got shape " + shape_text(shape_));
}

// -- parts and other shapes ---------------------------------------------------

ndarray ndarray::slice(size_t first, size_t last) const {
  if (shape_.empty() || first > last || last > shape_[0])
    throw std::out_of_range{"venomous: slice beyond the array"};
  auto result = *this;
  result.shape_[0] = last - first;
  if (result.size() > 0) {
    auto at = data_.get() + static_cast<ptrdiff_t>(first) * strides_[0];
    result.data_ = {data_, at};
  }
  return result;
}

ndarray ndarray::at(size_t index) const {
  if (shape_.empty() || index >= shape_[0])
    throw std::out_of_range{"venomous: index beyond the array"};
  auto result = slice(index, index + 1);
  result.shape_.erase(result.shape_.begin());
  result.strides_.erase(result.strides_.begin());
  return result;
}

ndarray ndarray::transposed() const {
  auto result = *this;
  std::ranges::reverse(result.shape_);
  std::ranges::reverse(result.strides_);
  return result;
}

ndarray ndarray::reshaped(shape_type shape) const {
  check_count(size(), shape);
  return from_memory(contiguous().data_, dtype_, std::move(shape));
}

ndarray ndarray::contiguous() const {
  if (is_c_contiguous())
    return *this;
  auto data = allocate(nbytes());
  pack(*this, 0, data_.get(), data.get());
  return from_memory(std::move(data), dtype_, shape_);
}

ndarray ndarray::native() const {
  if (dtype_.is_native())
    return *this;
  auto packed = contiguous();
  auto data = allocate(nbytes());
  std::memcpy(data.get(), packed.data_.get(), nbytes());
  swap_bytes(dtype_, {data.get(), nbytes()});
  return from_memory(std::move(data), dtype_.native(), shape_);
}

std::string to_string(const ndarray& x) {
  return array_text(x.dtype(), x.shape());
}

// -- wire ---------------------------------------------------------------------

namespace {

using detail::item;

/// Returns the elements of an array that was read, aligned if they are alone.
std::shared_ptr<char> elements_of(const array_header& head, const item& x,
                                  std::string_view payload) {
  auto from = x.attached == nullptr ? payload.data() : x.attached->data.get();
  // The sender may have written bytes other than 0 and 1, which no bool can
  // have, and may write more of them later.
  auto are_bools = head.type.kind() == 'b';
  if (x.attached != nullptr && !are_bools)
    return {x.attached->data, const_cast<char*>(from)};
  auto result = allocate(head.nbytes);
  if (head.nbytes > 0)
    std::memcpy(result.get(), from, head.nbytes);
  if (are_bools)
    for (auto& element : std::span{result.get(), head.nbytes})
      element = element != 0;
  return result;
}

/// Reads a header and leaves the elements that follow it.
bool read_header(decoder& in, const item& x, array_header& head,
                 std::string_view& payload) {
  auto wrong = head.read(payload, detail::attached_size(x));
  return wrong == nullptr || in.malformed(wrong);
}

/// Copies the elements into C order, if a frame can take them.
ndarray packed(const ndarray& x) {
  if (x.nbytes() > std::numeric_limits<uint32_t>::max())
    throw std::length_error("venomous: too big for one value");
  return x.contiguous();
}

} // namespace

void codec<ndarray>::encode(encoder& out, const ndarray& x) {
  array_header head;
  head.type = x.dtype();
  head.shape = x.shape();
  head.nbytes = x.nbytes();
  auto source = x;
  if (!x.is_c_contiguous() && x.is_f_contiguous())
    head.flags |= array_header::fortran_order;
  else if (!x.is_c_contiguous())
    source = packed(x);
  std::string header;
  head.write(header);
  shared_buffer elements{source.data(), source.data().get()};
  // Memory of the pool is never copied, because Python may write to it.
  auto lies_in_arena = arena_of(elements) != nullptr && head.nbytes > 0;
  if (out.takes_attachments()
      && (lies_in_arena || head.nbytes >= min_attachment))
    return out.put_attached_array(header, {std::move(elements), head.nbytes});
  out.put_payload(detail::kind::array, header,
                  {source.data().get(), head.nbytes});
}

bool codec<ndarray>::decode(decoder& in, ndarray& result) {
  detail::item x;
  if (!in.next(x))
    return false;
  // A scalar may look like a number, but is an array nonetheless.
  if (x.attached == nullptr && x.array.data() == nullptr)
    return in.mismatch(name(), x);
  auto payload = x.attached == nullptr ? x.array : x.payload;
  array_header head;
  if (!read_header(in, x, head, payload))
    return false;
  auto strides = packed_strides(head.type.itemsize(), head.shape,
                                head.has(array_header::fortran_order));
  auto data = elements_of(head, x, payload);
  result = ndarray::from_memory(std::move(data), std::move(head.type),
                                std::move(head.shape), std::move(strides));
  return true;
}

} // namespace venomous
