#include "config/option_kinds.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>
#include <variant>

namespace venomous::option_kinds {

namespace {

using caf::config_value;

template <class T>
const T* get(const config_value& x) {
  return caf::get_if<T>(&x);
}

// -- whole numbers ------------------------------------------------------------

complaint check_whole(int64_t x, int64_t min, int64_t max) {
  if (x < min)
    return "a whole number >= " + std::to_string(min);
  if (x > max)
    return "a whole number <= " + std::to_string(max);
  return std::nullopt;
}

int64_t to_int(size_t x) {
  constexpr auto max = std::numeric_limits<int64_t>::max();
  return x > static_cast<size_t>(max) ? max : static_cast<int64_t>(x);
}

template <class Period>
int64_t to_int(std::chrono::duration<int64_t, Period> x) {
  return x.count();
}

/// No option may be this large.
constexpr auto not_a_number = std::numeric_limits<int64_t>::min();

/// @param check_number says what is wrong with a number, if anything.
template <class T, class Check>
option make_number(std::string name, std::string help, T pool_options::*field,
                   Check check_number) {
  auto read = [=](pool_options& opts, const config_value& x) {
    auto number = get<int64_t>(x);
    auto result = check_number(number ? *number : not_a_number);
    if (!result)
      opts.*field = static_cast<T>(*number);
    return result;
  };
  auto check = [=](const pool_options& opts) {
    return check_number(to_int(opts.*field));
  };
  auto show = [=](const pool_options& opts) {
    return std::to_string(to_int(opts.*field));
  };
  return {
    std::move(name), option_shape::number, std::move(help), read, check, show};
}

template <class T>
option make_whole(std::string name, std::string help, T pool_options::*field,
                  int64_t min, int64_t max) {
  return make_number(std::move(name), std::move(help), field,
                     [=](int64_t x) { return check_whole(x, min, max); });
}

} // namespace

option whole(std::string name, std::string help, size_t pool_options::*field,
             int64_t min, int64_t max) {
  return make_whole(std::move(name), std::move(help), field, min, max);
}

option whole(std::string name, std::string help,
             std::chrono::microseconds pool_options::*field, int64_t min,
             int64_t max) {
  return make_whole(std::move(name), std::move(help), field, min, max);
}

option whole(std::string name, std::string help,
             std::chrono::milliseconds pool_options::*field, int64_t min,
             int64_t max) {
  return make_whole(std::move(name), std::move(help), field, min, max);
}

option whole(std::string name, std::string help,
             std::chrono::seconds pool_options::*field, int64_t min,
             int64_t max) {
  return make_whole(std::move(name), std::move(help), field, min, max);
}

option limit(std::string name, std::string help, size_t pool_options::*field,
             int64_t min, int64_t max) {
  return make_number(
    std::move(name), std::move(help), field, [=](int64_t x) -> complaint {
      auto result = x == 0 ? std::nullopt : check_whole(x, min, max);
      return result ? "0, or " + *result : result;
    });
}

// -- flags --------------------------------------------------------------------

option flag(std::string name, std::string help, bool pool_options::*field) {
  auto read = [=](pool_options& opts, const config_value& x) -> complaint {
    auto yes = get<bool>(x);
    if (!yes)
      return "true or false";
    opts.*field = *yes;
    return std::nullopt;
  };
  auto check = [](const pool_options&) {
    return complaint{};
  };
  auto show = [=](const pool_options& opts) {
    return std::string{opts.*field ? "true" : "false"};
  };
  return {
    std::move(name), option_shape::number, std::move(help), read, check, show};
}

// -- minutes ------------------------------------------------------------------

namespace {

constexpr double ms_per_minute = 60'000;

complaint check_minutes(double x, zero of_zero) {
  if (of_zero == zero::refused && !(x > 0))
    return "a number > 0";
  if (!(x >= 0))
    return "a number >= 0";
  if (x * ms_per_minute > static_cast<double>(year_in_ms))
    return "a number <= " + std::to_string(year_in_ms / 60'000);
  return std::nullopt;
}

std::string show_minutes(std::chrono::milliseconds x) {
  if (x.count() % 60'000 == 0)
    return std::to_string(x.count() / 60'000);
  return std::to_string(static_cast<double>(x.count()) / ms_per_minute);
}

} // namespace

option minutes(std::string name, std::string help,
               std::chrono::milliseconds pool_options::*field, zero of_zero) {
  auto read = [=](pool_options& opts, const config_value& x) -> complaint {
    auto number = -1.;
    if (auto real = get<double>(x))
      number = *real;
    else if (auto whole = get<int64_t>(x))
      number = static_cast<double>(*whole);
    auto result = check_minutes(number, of_zero);
    if (!result)
      opts.*field = std::chrono::milliseconds{
        static_cast<int64_t>(std::ceil(number * ms_per_minute))};
    return result;
  };
  auto check = [=](const pool_options& opts) {
    auto ms = static_cast<double>((opts.*field).count());
    return check_minutes(ms / ms_per_minute, of_zero);
  };
  auto show = [=](const pool_options& opts) {
    return show_minutes(opts.*field);
  };
  return {
    std::move(name), option_shape::number, std::move(help), read, check, show};
}

// -- texts --------------------------------------------------------------------

namespace {

std::string quote(const std::string& x) {
  std::string result = "\"";
  for (auto c : x) {
    if (c == '"' || c == '\\')
      result += '\\';
    result += c;
  }
  return result + '"';
}

bool has_nul(const std::string& x) {
  return x.find('\0') != std::string::npos;
}

template <class Range, class Show>
std::string join(const Range& xs, Show show) {
  std::string result;
  for (auto& x : xs)
    result += (result.empty() ? "" : ", ") + show(x);
  return result;
}

} // namespace

std::string as_is(const std::string& x) {
  return x;
}

std::string absolute(const std::string& x) {
  if (x.empty())
    return x;
  return std::filesystem::absolute(x).lexically_normal().string();
}

option text(std::string name, std::string help,
            std::string pool_options::*field, transformation transform) {
  auto read = [=](pool_options& opts, const config_value& x) -> complaint {
    auto str = get<std::string>(x);
    if (!str)
      return "a text in double quotes";
    opts.*field = transform(*str);
    return std::nullopt;
  };
  auto check = [=](const pool_options& opts) -> complaint {
    if (has_nul(opts.*field))
      return "a text without zero bytes";
    return std::nullopt;
  };
  auto show = [=](const pool_options& opts) {
    return quote(opts.*field);
  };
  return {
    std::move(name), option_shape::text, std::move(help), read, check, show};
}

namespace {

complaint check_texts(const std::vector<std::string>& xs) {
  auto bad = [](auto& x) {
    return x.empty() || has_nul(x);
  };
  if (std::any_of(xs.begin(), xs.end(), bad))
    return "texts that are not empty";
  return std::nullopt;
}

} // namespace

option texts(std::string name, std::string help,
             std::vector<std::string> pool_options::*field,
             transformation transform) {
  auto read = [=](pool_options& opts, const config_value& x) -> complaint {
    std::vector<std::string> result;
    auto list = get<config_value::list>(x);
    for (auto& item : list ? *list : config_value::list{config_value{0}}) {
      auto str = get<std::string>(item);
      if (!str)
        return R"(a list of texts like ["a", "b"])";
      result.push_back(transform(*str));
    }
    opts.*field = std::move(result);
    return check_texts(opts.*field);
  };
  auto check = [=](const pool_options& opts) {
    return check_texts(opts.*field);
  };
  auto show = [=](const pool_options& opts) {
    return '[' + join(opts.*field, quote) + ']';
  };
  return {
    std::move(name), option_shape::texts, std::move(help), read, check, show};
}

// -- environment variables ----------------------------------------------------

namespace {

/// The library recognizes the processes of a pool by these.
bool is_reserved(const std::string& name) {
  return name == "VENOMOUS_SNAKE" || name == "VENOMOUS_POOL";
}

complaint check_envvars(const std::map<std::string, std::string>& xs) {
  for (auto& [name, value] : xs) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name))
      return "names that are not empty and have no '='";
    if (has_nul(value))
      return "texts without zero bytes";
    if (is_reserved(name))
      return "names other than " + name + ", which the library sets";
  }
  return std::nullopt;
}

complaint read_envvars(pool_options& opts, const config_value& x) {
  auto group = get<config_value::dictionary>(x);
  if (!group)
    return R"(a group of texts like { NAME = "value" })";
  for (auto& [name, value] : *group) {
    auto str = get<std::string>(value);
    if (!str)
      return "a text in double quotes";
    opts.envvars.insert_or_assign(name, *str);
  }
  return check_envvars(opts.envvars);
}

std::string show_envvars(const pool_options& opts) {
  auto show = [](auto& kvp) {
    return kvp.first + " = " + quote(kvp.second);
  };
  return '{' + join(opts.envvars, show) + '}';
}

} // namespace

option envvars(std::string name, std::string help) {
  auto check = [](const pool_options& opts) {
    return check_envvars(opts.envvars);
  };
  return {std::move(name), option_shape::group, std::move(help), read_envvars,
          check,           show_envvars};
}

// -- termination style --------------------------------------------------------

option style(std::string name, std::string help) {
  auto read = [](pool_options& opts, const config_value& x) -> complaint {
    if (auto str = get<std::string>(x); str && from_string(*str, opts.style))
      return std::nullopt;
    return R"("polite" or "brutal")";
  };
  auto check = [](const pool_options&) -> complaint {
    return std::nullopt;
  };
  auto show = [](const pool_options& opts) {
    return quote(to_string(opts.style));
  };
  return {
    std::move(name), option_shape::text, std::move(help), read, check, show};
}

// -- encoder ------------------------------------------------------------------

namespace {

/// There is an encoder if it has a module, a function or arguments.
const encoder_call& encoder_of(const pool_options& opts) {
  static const encoder_call none;
  return opts.encoder ? *opts.encoder : none;
}

void set_encoder(pool_options& opts, encoder_call x) {
  if (x.module.empty() && x.func.empty() && x.args.empty())
    opts.encoder.reset();
  else
    opts.encoder = std::move(x);
}

} // namespace

option encoder_name(std::string name, std::string help,
                    std::string encoder_call::*field) {
  auto read = [=](pool_options& opts, const config_value& x) -> complaint {
    auto str = get<std::string>(x);
    if (!str)
      return "a text in double quotes";
    auto encoder = encoder_of(opts);
    encoder.*field = *str;
    set_encoder(opts, std::move(encoder));
    return std::nullopt;
  };
  auto check = [=](const pool_options& opts) -> complaint {
    if (opts.encoder && (*opts.encoder.*field).empty())
      return "a name, because there is an encoder";
    return std::nullopt;
  };
  auto show = [=](const pool_options& opts) {
    return quote(encoder_of(opts).*field);
  };
  return {
    std::move(name), option_shape::text, std::move(help), read, check, show};
}

namespace {

std::optional<encoder_call::argument> to_argument(const config_value& x) {
  if (auto flag = get<bool>(x))
    return *flag;
  if (auto number = get<int64_t>(x))
    return *number;
  if (auto real = get<double>(x))
    return *real;
  if (auto str = get<std::string>(x))
    return *str;
  return std::nullopt;
}

std::string show_argument(const encoder_call::argument& x) {
  struct visitor {
    std::string operator()(bool x) const {
      return x ? "true" : "false";
    }
    std::string operator()(const std::string& x) const {
      return quote(x);
    }
    std::string operator()(int64_t x) const {
      return std::to_string(x);
    }
    std::string operator()(double x) const {
      return std::to_string(x);
    }
  };
  return std::visit(visitor{}, x);
}

complaint read_encoder_args(pool_options& opts, const config_value& x) {
  auto encoder = encoder_of(opts);
  encoder.args.clear();
  auto list = get<config_value::list>(x);
  for (auto& item : list ? *list : config_value::list{config_value{}}) {
    auto argument = list ? to_argument(item) : std::nullopt;
    if (!argument)
      return "a list of texts, numbers and booleans";
    encoder.args.push_back(std::move(*argument));
  }
  set_encoder(opts, std::move(encoder));
  return std::nullopt;
}

} // namespace

option encoder_args(std::string name, std::string help) {
  auto check = [](const pool_options&) -> complaint {
    return std::nullopt;
  };
  auto show = [](const pool_options& opts) {
    return '[' + join(encoder_of(opts).args, show_argument) + ']';
  };
  return {std::move(name), option_shape::values,
          std::move(help), read_encoder_args,
          check,           show};
}

} // namespace venomous::option_kinds
