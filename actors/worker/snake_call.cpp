#include "actors/worker/snake_call.hpp"

#include "actors/base/pool_errors.hpp"

#include <string_view>

namespace venomous {

namespace {

// As the Python side calls it.
constexpr std::string_view call_interrupted = "venomous.CallInterrupted";

std::string longer_than(const job& work, caf::timespan limit) {
  using std::chrono::duration_cast;
  auto ms = duration_cast<std::chrono::milliseconds>(limit);
  return work.name() + " ran for longer than " + std::to_string(ms.count())
         + " ms";
}

} // namespace

caf::error timeout_error(const job& work, caf::timespan limit) {
  return caf::make_error(errc::timeout, longer_than(work, limit));
}

caf::expected<value> final_result(const snake_call& call,
                                  caf::expected<value> result) {
  if (call.cancelled)
    return cancelled_error();
  if (!call.interrupted || result)
    return result;
  auto raised = snake_error_of(result.error());
  if (!raised || raised->exception != call_interrupted)
    return result;
  return caf::make_error(errc::timeout,
                         longer_than(call.work, call.options.soft_timeout)
                           + "\n" + raised->backtrace);
}

} // namespace venomous
