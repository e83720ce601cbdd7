#include "actors/worker/snake_worker.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

/// @file
/// How a worker hands out references to what its process keeps, and has it let
/// go of what nobody refers to.

namespace venomous {

namespace {

// Of a frame, in bytes. A long one would go through the arena, whose memory is
// given back with the answer: there is none.
constexpr size_t max_release = arena::min_body / 2;
static_assert(max_release % sizeof(uint64_t) == 0);

} // namespace

void snake_worker::make_home() {
  home_ = std::make_shared<detail::kept_home>(
    id_, [this, &loop = loop(), alive = alive_] {
      loop.post([this, alive] {
        if (*alive)
          release_kept();
      });
    });
}

void snake_worker::close_home() {
  // Waits for those who wake: nobody may once the loop has gone.
  home_->close();
  *alive_ = false;
}

/// Takes the numbers of kept objects off the end of a result. The snake may
/// write to it as this happens, so each byte is read once.
/// @returns nothing if it is not well-formed.
std::optional<std::vector<detail::kept_reference>> snake_worker::keep(
  frame_body& body) {
  uint64_t n = 0;
  if (body.size < kept_size(0))
    return std::nullopt;
  auto end = body.data.get() + body.size - sizeof(n);
  std::memcpy(&n, end, sizeof(n));
  // Each has two numbers and a head of two bytes in the value, too.
  constexpr auto least = 3 * sizeof(uint64_t) + 2;
  if (n == 0 || n > (body.size - kept_size(0)) / least)
    return std::nullopt;
  std::vector<uint64_t> numbers(n);
  auto size = n * sizeof(uint64_t);
  std::memcpy(numbers.data(), end - size, size);
  body.size -= kept_size(n);
  if (kept_ == 0)
    send(manager_, keeps_atom{}, id_, true);
  kept_ += n;
  std::vector<detail::kept_reference> result;
  result.reserve(n);
  for (auto number : numbers)
    result.push_back(
      std::make_shared<const detail::kept_object>(home_, number));
  return result;
}

void snake_worker::release_kept() {
  auto numbers = home_->take();
  if (numbers.empty())
    return;
  kept_ -= numbers.size();
  if (kept_ == 0)
    send(manager_, keeps_atom{}, id_, false);
  std::string_view left{reinterpret_cast<const char*>(numbers.data()),
                        numbers.size() * sizeof(uint64_t)};
  for (; !left.empty(); left.remove_prefix(std::min(left.size(), max_release)))
    connection_->send(frame_kind::release, {}, left.substr(0, max_release), {});
}

/// Returns whether all kept objects that the arguments refer to are here.
bool snake_worker::has_all_kept(const job& what) const {
  auto args = what.call();
  if (args == nullptr)
    return true;
  for (auto part : {&args->args(), &args->kwargs()})
    for (auto& x : part->kept())
      if (x->home() != home_)
        return false;
  return true;
}

} // namespace venomous
