#include "venomous/value.hpp"

#include "python_bridge/repr.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace venomous {

namespace {

std::shared_ptr<const std::vector<attachment>> share(
  std::vector<attachment> xs) {
  if (xs.empty())
    return nullptr;
  return std::make_shared<const std::vector<attachment>>(std::move(xs));
}

std::string_view view(const attachment& x) {
  return {x.data.get(), x.size};
}

} // namespace

namespace detail {

shared_buffer to_buffer(std::string x) {
  auto owner = std::make_shared<const std::string>(std::move(x));
  return shared_buffer{owner, owner->data()};
}

std::vector<attachment> to_attachments(std::vector<std::string> contents) {
  std::vector<attachment> result;
  for (auto& x : contents) {
    auto size = x.size();
    result.push_back({to_buffer(std::move(x)), size});
  }
  return result;
}

} // namespace detail

value value::from_buffer(const shared_buffer& buffer, size_t offset,
                         size_t size, std::vector<attachment> attachments) {
  value result;
  result.data_ = shared_buffer{buffer, buffer.get() + offset};
  result.size_ = size;
  result.attachments_ = share(std::move(attachments));
  return result;
}

value value::from_bytes(std::string bytes,
                        std::vector<attachment> attachments) {
  value result;
  result.assign(std::move(bytes), std::move(attachments));
  return result;
}

void value::assign(std::string bytes, std::vector<attachment> attachments) {
  size_ = bytes.size();
  data_ = detail::to_buffer(std::move(bytes));
  attachments_ = share(std::move(attachments));
}

size_t value::total_size() const noexcept {
  auto result = bytes().size();
  for (auto& x : attachments())
    result += x.size;
  return result;
}

bool operator==(const value& x, const value& y) noexcept {
  return std::ranges::equal(x.bytes(), y.bytes())
         && std::ranges::equal(x.attachments(), y.attachments(), {}, view,
                               view);
}

std::string to_string(const value& x) {
  return detail::repr(x.bytes(), 1'000, x.attachments());
}

void codec<value>::encode(encoder& out, const value& x) {
  auto bytes = x.bytes();
  out.write(bytes.data(), bytes.size());
  if (!x.attachments().empty() && !out.takes_attachments())
    throw std::invalid_argument(
      "venomous: a value with long arrays cannot be an item of a map");
  for (auto& each : x.attachments())
    out.attach(each);
}

bool codec<value>::decode(decoder& in, value& result) {
  auto start = in.position();
  auto attached = in.attachments();
  if (!in.skip())
    return false;
  auto size = static_cast<size_t>(in.position() - start);
  attached = attached.first(attached.size() - in.attachments().size());
  std::vector<attachment> own{attached.begin(), attached.end()};
  if (in.owner() == nullptr) {
    result = value::from_bytes({start, size}, std::move(own));
    return true;
  }
  auto offset = static_cast<size_t>(start - in.owner().get());
  result = value::from_buffer(in.owner(), offset, size, std::move(own));
  return true;
}

} // namespace venomous
