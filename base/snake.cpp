#include "venomous/snake.hpp"

#include "base/enumerators.hpp"

#include "venomous/error.hpp"

#include "venomous/messages.hpp"

#include <atomic>
#include <limits>

namespace venomous {

namespace {

constexpr enumerators<snake_status> statuses{snake_status::ready,
                                             snake_status::spent};

constexpr enumerators<when_busy> reactions{when_busy::fail, when_busy::wait};

} // namespace

std::string to_string(snake_status status) {
  switch (status) {
  case snake_status::ready:
    return "ready";
  case snake_status::retrieved:
    return "retrieved";
  case snake_status::busy:
    return "busy";
  case snake_status::spent:
    return "spent";
  }
  return "unknown";
}

bool from_string(std::string_view name, snake_status& x) {
  return statuses.find(name, x);
}

bool from_integer(uint8_t number, snake_status& x) {
  return statuses.find(number, x);
}

std::string to_string(when_busy reaction) {
  return reaction == when_busy::wait ? "wait" : "fail";
}

bool from_string(std::string_view name, when_busy& x) {
  return reactions.find(name, x);
}

bool from_integer(uint8_t number, when_busy& x) {
  return reactions.find(number, x);
}

caf::error check(const python_options& options) {
  if (options.timeout < pool_default)
    return caf::make_error(errc::bad_options,
                           std::string{"timeout is negative"});
  if (options.soft_timeout < pool_default)
    return caf::make_error(errc::bad_options,
                           std::string{"soft_timeout is negative"});
  if (options.max_wait < caf::timespan{0})
    return caf::make_error(errc::bad_options,
                           std::string{"max_wait is negative"});
  return {};
}

call_token new_call_token() {
  static std::atomic<call_token> last = 0;
  return ++last;
}

} // namespace venomous
