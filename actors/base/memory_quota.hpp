#pragma once

#include "actors/base/job.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <unordered_map>
#include <vector>

namespace venomous {

/// Limits the memory that all waiting calls, or all maps, may take together. A
/// long piece of memory counts once, however many of them share it. Memory in
/// an arena does not count, since an arena has a fixed size.
class memory_quota {
public:
  // -- member types -----------------------------------------------------------

  using pieces = std::initializer_list<const value*>;

  /// The memory that a call or map takes while this is alive.
  class share {
  public:
    share() = default;

    share(share&& other) noexcept;

    share& operator=(share&& other) noexcept;

    ~share();

  private:
    friend class memory_quota;

    memory_quota* of_ = nullptr;
    /// The size of the short pieces.
    size_t short_ = 0;
    std::vector<const char*> long_;
  };

  // -- constructors -----------------------------------------------------------

  /// @param max_mb 0 for no limit.
  explicit memory_quota(size_t max_mb) : max_mb_(max_mb) {
    // nop
  }

  memory_quota(const memory_quota&) = delete;

  memory_quota& operator=(const memory_quota&) = delete;

  // -- modifiers --------------------------------------------------------------

  /// Says why there is no room for `values`, which the text calls `name`. There
  /// is always room if nothing else takes any.
  /// @returns an empty string if there is room.
  std::string refusal(pieces values, const char* name) const;

  /// Does the same for the arguments of a call.
  std::string refusal(const job& work) const;

  /// Counts `values`, whether there is room or not.
  share take(pieces values);

  /// Does the same for the arguments of a call. The items of a chunk do not
  /// count: their map counts them.
  share take(const job& work);

private:
  struct piece {
    size_t size = 0;
    size_t users = 0;
  };

  void give_back(const share& returned) noexcept;

  size_t max_mb_;
  size_t taken_ = 0;
  /// By address.
  std::unordered_map<const char*, piece> long_;
};

} // namespace venomous
