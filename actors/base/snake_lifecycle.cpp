#include "actors/base/snake_lifecycle.hpp"

#include <utility>

namespace venomous {

// -- transitions --------------------------------------------------------------

bool snake_lifecycle::serve() noexcept {
  if (!is_starting())
    return false;
  current_ = state::serving;
  has_served_ = true;
  return true;
}

bool snake_lifecycle::fail_start() noexcept {
  return is_starting() && end();
}

bool snake_lifecycle::end() noexcept {
  if (is_ending())
    return false;
  current_ = state::ending;
  return true;
}

bool snake_lifecycle::exit() noexcept {
  return std::exchange(current_, state::ended) != state::ended;
}

// -- facts --------------------------------------------------------------------

bool snake_lifecycle::prove() noexcept {
  return !std::exchange(is_proved_, true);
}

} // namespace venomous
