#include "venomous/value.hpp"

#include "python_bridge/values/repr.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace venomous {

namespace {

/// Returns those of `before` that are not among the last ones, `after`.
template <class T>
std::vector<T> taken(std::span<const T> before, std::span<const T> after) {
  auto those = before.first(before.size() - after.size());
  return {those.begin(), those.end()};
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
                         size_t size, std::vector<attachment> attachments,
                         std::vector<detail::kept_reference> kept) {
  auto result = from_buffer(buffer, offset, size);
  result.put_beside(std::move(attachments), std::move(kept));
  return result;
}

value value::from_bytes(std::string bytes, std::vector<attachment> attachments,
                        std::vector<detail::kept_reference> kept) {
  value result;
  result.assign(std::move(bytes), std::move(attachments), std::move(kept));
  return result;
}

void value::assign(std::string bytes, std::vector<attachment> attachments,
                   std::vector<detail::kept_reference> kept) {
  size_ = bytes.size();
  data_ = detail::to_buffer(std::move(bytes));
  put_beside(std::move(attachments), std::move(kept));
}

void value::put_beside(std::vector<attachment> attachments,
                       std::vector<detail::kept_reference> kept) {
  if (attachments.empty() && kept.empty())
    return;
  auto beside = caf::make_counted<detail::companions>();
  beside->attachments = std::move(attachments);
  beside->kept = std::move(kept);
  beside_ = std::move(beside);
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
  if (!x.kept().empty() && !out.takes_attachments())
    throw std::invalid_argument(
      "venomous: a kept object cannot be an item of a map");
  for (auto& each : x.attachments())
    out.attach(each);
  for (auto& each : x.kept())
    out.keep(each);
}

bool codec<value>::decode(decoder& in, value& result) {
  auto start = in.position();
  auto attached = in.attachments();
  auto kept = in.kept();
  if (!in.skip())
    return false;
  auto size = static_cast<size_t>(in.position() - start);
  auto own = taken(attached, in.attachments());
  auto own_kept = taken(kept, in.kept());
  if (in.owner() == nullptr) {
    result =
      value::from_bytes({start, size}, std::move(own), std::move(own_kept));
    return true;
  }
  auto offset = static_cast<size_t>(start - in.owner().get());
  result = value::from_buffer(in.owner(), offset, size, std::move(own),
                              std::move(own_kept));
  return true;
}

} // namespace venomous
