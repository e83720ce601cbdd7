#include "venomous/value.hpp"

#include "python_bridge/repr.hpp"

#include <algorithm>
#include <utility>

namespace venomous {

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

} // namespace venomous
