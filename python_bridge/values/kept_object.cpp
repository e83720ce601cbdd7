#include "venomous/detail/kept_object.hpp"

#include "venomous/decoder.hpp"

#include <cstring>
#include <utility>

namespace venomous::detail {

namespace {

/// Calls `f(payload)` for each kept object in the next value of `in`.
template <class F>
bool each_kept(decoder& in, F f) {
  item x;
  if (!in.next(x))
    return false;
  if (x.kind == kind::kept)
    f(x.payload);
  auto twice = x.kind == kind::dict;
  if (x.kind != kind::list && !twice && x.end == nullptr)
    return true;
  return in.each(x, [&](uint32_t) {
    return each_kept(in, f) && (!twice || each_kept(in, f));
  });
}

} // namespace

// -- kept_home ----------------------------------------------------------------

kept_home::kept_home(uint64_t snake, std::function<void()> wake)
  : snake_(snake), wake_(std::move(wake)) {
  // nop
}

void kept_home::release(uint64_t number) {
  std::lock_guard guard{mutex_};
  if (!wake_)
    return;
  released_.push_back(number);
  if (released_.size() == 1)
    wake_();
}

std::vector<uint64_t> kept_home::take() {
  std::lock_guard guard{mutex_};
  return std::exchange(released_, {});
}

void kept_home::close() {
  std::lock_guard guard{mutex_};
  wake_ = nullptr;
  released_.clear();
}

// -- kept_object --------------------------------------------------------------

kept_object::kept_object(std::shared_ptr<kept_home> home, uint64_t number)
  : home_(std::move(home)), number_(number) {
  // nop
}

kept_object::~kept_object() {
  home_->release(number_);
}

// -- kept_payload -------------------------------------------------------------

kept_payload::kept_payload(std::string_view bytes) noexcept {
  if (bytes.size() < sizeof(key) + sizeof(number))
    return;
  std::memcpy(&key, bytes.data(), sizeof(key));
  std::memcpy(&number, bytes.data() + sizeof(key), sizeof(number));
  type = bytes.substr(sizeof(key) + sizeof(number));
}

void lose_kept(std::string& bytes, std::span<const attachment> attachments) {
  decoder in{bytes, {}, attachments};
  each_kept(in, [&](std::string_view payload) {
    auto start = static_cast<size_t>(payload.data() - bytes.data());
    auto size = std::min(payload.size(), sizeof(kept_payload::key));
    bytes.replace(start, size, size, '\0');
  });
}

} // namespace venomous::detail
