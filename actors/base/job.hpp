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
  /// The index of the first item within the map.
  size_t first = 0;
  size_t count = 0;
  /// The items, a part of those of the map.
  value items;
};

/// The work that a snake gets: a call or a chunk.
class job {
public:
  job() = default;

  job(snake_args args) : content_(std::move(args)) {
    // nop
  }

  job(map_chunk items) : content_(std::move(items)) {
    // nop
  }

  /// Returns the call, or `nullptr` if this is a chunk.
  const snake_args* call() const noexcept {
    return std::get_if<snake_args>(&content_);
  }

  /// Returns the chunk, or `nullptr` if this is a call.
  const map_chunk* chunk() const noexcept {
    return std::get_if<map_chunk>(&content_);
  }

  /// Returns the full name of the function.
  std::string name() const;

private:
  std::variant<snake_args, map_chunk> content_;
};

/// Returns the snakes that keep the objects that the arguments refer to, each
/// snake once.
std::vector<uint64_t> homes_of(const job& work);

/// Returns how many bytes the arguments take in a frame.
size_t size_of(const job& work);

/// Refuses arguments that take more than `max_mb` megabytes.
caf::error check_size(const job& work, size_t max_mb);

} // namespace venomous
