#include "venomous/error.hpp"

#include "base/enumerators.hpp"

namespace venomous {

namespace {

constexpr enumerators<errc> codes{errc::python_exception, errc::arena_full};

} // namespace

std::string to_string(errc code) {
  switch (code) {
  case errc::python_exception:
    return "python_exception";
  case errc::timeout:
    return "timeout";
  case errc::python_died:
    return "python_died";
  case errc::no_snake:
    return "no_snake";
  case errc::queue_full:
    return "queue_full";
  case errc::unencodable:
    return "unencodable";
  case errc::undecodable:
    return "undecodable";
  case errc::snake_gone:
    return "snake_gone";
  case errc::bad_options:
    return "bad_options";
  case errc::cancelled:
    return "cancelled";
  case errc::shutting_down:
    return "shutting_down";
  case errc::start_failed:
    return "start_failed";
  case errc::arena_full:
    return "arena_full";
  }
  return "unknown error " + std::to_string(static_cast<int>(code));
}

bool from_string(std::string_view name, errc& x) {
  return codes.find(name, x);
}

bool from_integer(uint8_t number, errc& x) {
  return codes.find(number, x);
}

std::string describe(const caf::error& err) {
  auto code = code_of(err);
  if (!code)
    return compat::render(err);
  auto result = to_string(*code);
  if (auto raised = snake_error_of(err)) {
    result += ": " + raised->exception + ": " + raised->error;
    if (!raised->backtrace.empty())
      result += "\n" + raised->backtrace;
  } else if (auto text = compat::error_context<std::string>(err)) {
    result += ": " + *text;
  }
  return result;
}

} // namespace venomous
