#include "actors/worker/kept_objects.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace venomous {

namespace {

// The size of a frame. A long one would go through the arena, and its memory
// there would be freed by an answer that never comes.
constexpr size_t max_release = arena::min_body / 2;
static_assert(max_release % sizeof(uint64_t) == 0);

} // namespace

kept_objects::kept_objects(snake_id snake, event_loop& loop, connection& to,
                           std::function<void(bool)> on_change)
  : to_(to),
    on_change_(std::move(on_change)),
    home_(
      std::make_shared<detail::kept_home>(snake, [this, &loop, alive = alive_] {
        loop.post([this, alive] {
          if (*alive)
            release();
        });
      })) {
  // nop
}

bool kept_objects::has_all_of(const job& work) const {
  auto args = work.call();
  if (args == nullptr)
    return true;
  for (auto part : {&args->args(), &args->kwargs()})
    for (auto& object : part->kept())
      if (object->home() != home_)
        return false;
  return true;
}

std::optional<std::vector<detail::kept_reference>> kept_objects::take_from(
  frame_body& body) {
  uint64_t n = 0;
  if (body.size < kept_size(0))
    return std::nullopt;
  auto end = body.data.get() + body.size - sizeof(n);
  std::memcpy(&n, end, sizeof(n));
  // In the value each has two more numbers and a head of two bytes.
  constexpr auto least = 3 * sizeof(uint64_t) + 2;
  if (n == 0 || n > (body.size - kept_size(0)) / least)
    return std::nullopt;
  std::vector<uint64_t> numbers(n);
  auto size = n * sizeof(uint64_t);
  std::memcpy(numbers.data(), end - size, size);
  body.size -= kept_size(n);
  if (count_ == 0)
    on_change_(true);
  count_ += n;
  std::vector<detail::kept_reference> result;
  result.reserve(n);
  for (auto number : numbers)
    result.push_back(
      std::make_shared<const detail::kept_object>(home_, number));
  return result;
}

void kept_objects::close() {
  // Waits for threads that are posting: none may once the loop is gone.
  home_->close();
  *alive_ = false;
}

void kept_objects::release() {
  auto numbers = home_->take();
  if (numbers.empty())
    return;
  count_ -= numbers.size();
  if (count_ == 0)
    on_change_(false);
  std::string_view left{reinterpret_cast<const char*>(numbers.data()),
                        numbers.size() * sizeof(uint64_t)};
  for (; !left.empty(); left.remove_prefix(std::min(left.size(), max_release)))
    to_.send(frame_kind::release, {}, left.substr(0, max_release), {});
}

caf::error kept_elsewhere_error() {
  return caf::make_error(errc::snake_gone,
                         std::string{"an argument is kept by another snake"});
}

} // namespace venomous
