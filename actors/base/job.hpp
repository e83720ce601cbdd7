#pragma once

#include "venomous/map.hpp"
#include "venomous/snake_args.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace venomous {

/// Items of a map that one snake gets at a time.
struct map_chunk {
  std::shared_ptr<const map_args> of;
  /// The number of the first one within the map.
  size_t first = 0;
  size_t count = 0;
  /// They themselves, a part of those of the map.
  value items;
};

/// What a snake is given to do.
class job {
public:
  job() = default;

  job(snake_args args) : what_(std::move(args)) {
    // nop
  }

  job(map_chunk items) : what_(std::move(items)) {
    // nop
  }

  /// Returns the call that this is, or `nullptr`.
  const snake_args* call() const noexcept {
    return std::get_if<snake_args>(&what_);
  }

  /// Returns the chunk that this is, or `nullptr`.
  const map_chunk* chunk() const noexcept {
    return std::get_if<map_chunk>(&what_);
  }

  /// Returns the full name of the function.
  std::string name() const;

private:
  std::variant<snake_args, map_chunk> what_;
};

/// Returns the snakes that keep objects which the arguments refer to, each
/// once.
std::vector<uint64_t> homes_of(const job& what);

/// Returns how many bytes the arguments take in a frame.
size_t size_of(const job& what);

/// Refuses arguments that take more than `max_mb` megabytes.
caf::error check_size(const job& what, size_t max_mb);

} // namespace venomous

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(venomous::job)
