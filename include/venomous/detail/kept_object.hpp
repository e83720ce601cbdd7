#pragma once

#include "venomous/detail/attachment.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace venomous::detail {

/// Collects the kept objects of a snake that are no longer referred to. May
/// outlive the snake and its pool; then nobody collects them.
class kept_home {
public:
  /// @param snake the number of the snake.
  /// @param wake is called by any thread when there are objects to take, and
  ///             must not call back.
  kept_home(uint64_t snake, std::function<void()> wake);

  /// Returns the number of the snake.
  uint64_t snake() const noexcept {
    return snake_;
  }

  /// Records that nothing refers to an object any longer.
  void release(uint64_t number);

  /// Returns the objects that were released since the last call.
  std::vector<uint64_t> take();

  /// From now on, wakes nobody.
  void close();

private:
  uint64_t snake_;
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<uint64_t> released_;
};

/// An object that a snake keeps while this is alive.
class kept_object {
public:
  kept_object(std::shared_ptr<kept_home> home, uint64_t number);

  kept_object(const kept_object&) = delete;

  kept_object& operator=(const kept_object&) = delete;

  ~kept_object();

  /// Returns the home of the object.
  const std::shared_ptr<kept_home>& home() const noexcept {
    return home_;
  }

  /// Returns its number, which no other object of the snake has or had.
  uint64_t number() const noexcept {
    return number_;
  }

private:
  std::shared_ptr<kept_home> home_;
  uint64_t number_;
};

/// Keeps an object where it is. Travels beside the MessagePack of a value.
using kept_reference = std::shared_ptr<const kept_object>;

/// The MessagePack form of a kept object.
struct kept_payload {
  /// Drawn by the snake at its start, 0 if the reference was lost on its way.
  uint64_t key = 0;
  uint64_t number = 0;
  /// The name of the object's type.
  std::string_view type = {};

  /// @param bytes unchecked.
  explicit kept_payload(std::string_view bytes) noexcept;
};

/// Marks all kept objects in MessagePack as lost, because it comes without
/// references.
void lose_kept(std::string& bytes, std::span<const attachment> attachments);

} // namespace venomous::detail
