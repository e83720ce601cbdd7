#include "actors/base/memory_quota.hpp"

#include "python_bridge/memory/host_arena.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace venomous {

namespace {

/// Calls `f(first, size)` for each piece of memory that counts.
template <class F>
void each_piece(std::initializer_list<const value*> values, F f) {
  auto add = [&](const shared_buffer& data, size_t size) {
    if (data != nullptr && arena_of(data) == nullptr)
      f(data.get(), size);
  };
  for (auto x : values) {
    add(x->buffer(), x->bytes().size());
    for (auto& attached : x->attachments())
      add(attached.data, attached.size);
  }
}

/// For shorter pieces it does not pay to check whether they are shared.
bool is_long(size_t size) noexcept {
  return size >= min_attachment;
}

} // namespace

// -- share --------------------------------------------------------------------

memory_quota::share::share(share&& other) noexcept
  : of_(std::exchange(other.of_, nullptr)),
    short_(other.short_),
    long_(std::move(other.long_)) {
  // nop
}

memory_quota::share& memory_quota::share::operator=(share&& other) noexcept {
  std::swap(of_, other.of_);
  std::swap(short_, other.short_);
  std::swap(long_, other.long_);
  return *this;
}

memory_quota::share::~share() {
  if (of_ != nullptr)
    of_->give_back(*this);
}

// -- memory_quota -------------------------------------------------------------

std::string memory_quota::refusal(pieces values, const char* name) const {
  if (max_mb_ == 0 || taken_ == 0)
    return {};
  size_t more = 0;
  std::vector<const char*> seen;
  each_piece(values, [&](const char* first, size_t size) {
    auto is_known = is_long(size)
                    && (long_.contains(first)
                        || std::ranges::find(seen, first) != seen.end());
    if (!is_known)
      more += size;
    if (is_long(size))
      seen.push_back(first);
  });
  if (more == 0 || more + taken_ <= max_mb_ << 20)
    return {};
  return std::to_string(taken_) + " bytes of " + name + " wait already, and "
         + std::to_string(more)
         + " more are beyond max-queue-mb=" + std::to_string(max_mb_);
}

std::string memory_quota::refusal(const job& work) const {
  auto args = work.call();
  return args ? refusal({&args->args(), &args->kwargs()}, "arguments")
              : std::string{};
}

memory_quota::share memory_quota::take(pieces values) {
  share result;
  result.of_ = this;
  each_piece(values, [&](const char* first, size_t size) {
    if (!is_long(size)) {
      result.short_ += size;
      taken_ += size;
      return;
    }
    auto& known = long_[first];
    ++known.users;
    // Other values may refer to a smaller part of it.
    if (size > known.size)
      taken_ += size - std::exchange(known.size, size);
    result.long_.push_back(first);
  });
  return result;
}

memory_quota::share memory_quota::take(const job& work) {
  auto args = work.call();
  return args ? take({&args->args(), &args->kwargs()}) : share{};
}

void memory_quota::give_back(const share& returned) noexcept {
  taken_ -= returned.short_;
  for (auto first : returned.long_) {
    auto known = long_.find(first);
    if (--known->second.users > 0)
      continue;
    taken_ -= known->second.size;
    long_.erase(known);
  }
}

} // namespace venomous
