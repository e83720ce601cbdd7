#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace venomous {

/// The life of a snake, as one of the actors of a pool knows it:
///
///     starting ──serve──▶ serving ──end──▶ ending ──exit──▶ ended
///        └───────end, fail_start─────────────▲
///
/// A transition that the current state does not permit changes nothing and
/// returns false.
class snake_lifecycle {
public:
  // -- member types -----------------------------------------------------------

  enum class state : uint8_t {
    /// Its process gets ready.
    starting,
    /// It takes calls.
    serving,
    /// It takes no more calls, and its process is about to exit.
    ending,
    /// Its process is gone.
    ended,
  };

  // -- properties -------------------------------------------------------------

  state current() const noexcept {
    return current_;
  }

  bool is_starting() const noexcept {
    return current_ == state::starting;
  }

  bool is_serving() const noexcept {
    return current_ == state::serving;
  }

  /// Returns whether its end has begun, or is over.
  bool is_ending() const noexcept {
    return current_ >= state::ending;
  }

  /// Returns whether it ever took calls.
  bool has_served() const noexcept {
    return has_served_;
  }

  /// Returns whether it has answered a call.
  bool is_proved() const noexcept {
    return is_proved_;
  }

  /// Returns whether somebody wants its end: its exit is no death.
  bool is_end_requested() const noexcept {
    return is_end_requested_;
  }

  /// Returns why it had to end, if that says more than the status of its
  /// process does. Empty otherwise.
  const std::string& fault() const noexcept {
    return fault_;
  }

  // -- transitions ------------------------------------------------------------

  /// From `starting` to `serving`.
  bool serve() noexcept;

  /// From `starting` to `ending`.
  bool fail_start() noexcept;

  /// From `starting` or `serving` to `ending`.
  bool end() noexcept;

  /// To `ended`, from any other state.
  bool exit() noexcept;

  // -- facts ------------------------------------------------------------------

  /// Notes that it has answered a call.
  /// @returns whether that is its first answer.
  bool prove() noexcept;

  /// Notes that somebody wants its end, even if that has begun already.
  void request_end() noexcept {
    is_end_requested_ = true;
  }

  /// Notes why it has to end.
  void set_fault(std::string why) noexcept {
    fault_ = std::move(why);
  }

private:
  state current_ = state::starting;
  bool has_served_ = false;
  bool is_proved_ = false;
  bool is_end_requested_ = false;
  std::string fault_;
};

} // namespace venomous
