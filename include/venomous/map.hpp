#pragma once

#include "venomous/detail/huge_pages.hpp"
#include "venomous/error.hpp"
#include "venomous/snake.hpp"
#include "venomous/value.hpp"

#include <caf/actor.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

/// @file
/// What a map is made of: one Python function, called for each item of a
/// vector. See `python_map` in `calls.hpp`.

namespace venomous {

/// Which Python function to call, and the items to call it with. They are
/// encoded at once, and copies share them.
class map_args {
public:
  /// Names no function, and has no items: there to be assigned to.
  map_args() = default;

  /// Calls `func` of `module` for each of `items`, which is its one positional
  /// argument.
  /// @param module What Python imports, e.g. `os.path`.
  /// @param func A name in the module, with dots for what is inside classes,
  ///             e.g. `date.replace`.
  /// @param items Throws `std::length_error` if one takes 4 GiB and more.
  ///              Arrays in there are copied, whatever their size. Kept objects
  ///              are a `std::invalid_argument`: a map runs on all snakes.
  template <encodable T>
  map_args(std::string module, std::string func, const std::vector<T>& items)
    : module_(std::move(module)), func_(std::move(func)), size_(items.size()) {
    encoder out{false};
    for (const T& x : items)
      out.put_sized(x);
    assign(out.take());
  }

  /// Returns what Python imports to find the function.
  const std::string& module() const noexcept {
    return module_;
  }

  /// Returns the name of the function in the module.
  const std::string& func() const noexcept {
    return func_;
  }

  /// Returns how many items there are.
  size_t size() const noexcept {
    return size_;
  }

  /// Returns the items, each as MessagePack behind the number of its bytes.
  const value& items() const noexcept {
    return items_;
  }

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, map_args& x) {
    auto load = [&] {
      return x.count();
    };
    return f(caf::meta::type_name("venomous::map_args"), x.module_, x.func_,
             x.items_, caf::meta::load_callback(load));
  }

private:
  void assign(std::string bytes);

  /// Counts items that came from elsewhere.
  caf::error count();

  std::string module_;
  std::string func_;
  size_t size_ = 0;
  value items_ = value::from_bytes({});
};

/// How a map is to be run.
struct map_options {
  /// How long the function may run for one item. Then that item gets `timeout`
  /// and the snake is ended. `pool_default` for `python-timeout-ms`.
  caf::timespan timeout = pool_default;

  /// How long to wait in line for the first snake. Then the map gets
  /// `no_snake`.
  caf::timespan max_wait = forever;

  /// Makes the map one that `cancel` can take back.
  call_token token = 0;

  /// How many snakes may work on it at the same time, 0 for all.
  size_t snakes = 0;

  /// Whom to tell how far the map is, now and then and when all is done, by
  /// `(map_progress_atom, call_token token, uint64_t done, uint64_t total)`.
  caf::actor observer = {};
};

/// Checks options as the pool does.
/// @returns `bad_options` with a text that names what makes no sense.
/// @relates map_options
caf::error check(const map_options& options);

/// @relates map_options
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, map_options& x) {
  return f(caf::meta::type_name("venomous::map_options"), x.timeout, x.max_wait,
           x.token, x.snakes, x.observer);
}

/// An item that has no result.
struct map_error {
  /// Which one, counted from 0.
  size_t index = 0;

  /// Any error that a call can end with.
  caf::error why;
};

/// @relates map_error
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, map_error& x) {
  return f(caf::meta::type_name("venomous::map_error"), x.index, x.why);
}

/// What became of each item.
template <class T>
struct map_results_of {
  /// The results in the order of the items. Where there is an error, a `T` as
  /// it is by default.
  std::vector<T> values;

  /// What went wrong, in the order of the items.
  std::vector<map_error> errors;
};

/// Results that are not made into anything yet: None where there is an error.
using map_results = map_results_of<value>;

/// @relates map_results_of
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, map_results& x) {
  return f(caf::meta::type_name("venomous::map_results"), x.values, x.errors);
}

/// Makes a `T` of each result. One that is something else becomes an error of
/// its item, `undecodable`.
/// @relates map_results_of
template <decodable T>
map_results_of<T> results_as(map_results&& from) {
  map_results_of<T> result;
  detail::resize_fresh(result.values, from.values.size());
  auto failed = from.errors.begin();
  decoder in{{}};
  for (size_t i = 0; i < from.values.size(); ++i) {
    if (failed != from.errors.end() && failed->index == i) {
      result.errors.push_back(std::move(*failed++));
      continue;
    }
    T decoded{};
    // Let go at once, while it is in the cache.
    auto from_snake = std::move(from.values[i]);
    if (from_snake.decode(in, decoded))
      result.values[i] = std::move(decoded);
    else
      result.errors.push_back({i, in.error()});
  }
  return result;
}

} // namespace venomous
