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
/// Maps: one Python function, called for each item of a vector. See
/// `python_map` in `calls.hpp`.

namespace venomous {

/// A Python function, and the items to call it with. The items are encoded
/// immediately, and copies share them.
class map_args {
public:
  /// Names no function and has no items; assign to it before use.
  map_args() = default;

  /// Calls `func` of `module` for each of `items`, which is its one positional
  /// argument.
  /// @param module The module to import, e.g. `os.path`.
  /// @param func A name in the module, with dots for members of classes, e.g.
  ///             `date.replace`.
  /// @param items Throws `std::length_error` if one takes 4 GiB or more. Arrays
  ///              in items are copied, whatever their size. Kept objects are a
  ///              `std::invalid_argument`, because a map runs on all snakes.
  template <encodable T>
  map_args(std::string module, std::string func, const std::vector<T>& items)
    : module_(std::move(module)), func_(std::move(func)), size_(items.size()) {
    encoder out{false};
    for (const T& x : items)
      out.put_sized(x);
    assign(out.take());
  }

  /// Returns the module to import.
  const std::string& module() const noexcept {
    return module_;
  }

  /// Returns the name of the function in the module.
  const std::string& func() const noexcept {
    return func_;
  }

  /// Returns the number of items.
  size_t size() const noexcept {
    return size_;
  }

  /// Returns the items, each as MessagePack behind its size in bytes.
  const value& items() const noexcept {
    return items_;
  }

  template <class Inspector>
  friend compat::inspect_result<Inspector> inspect(Inspector& f, map_args& x) {
    auto load = [&] {
      return x.count();
    };
    return compat::inspect_fields_then(
      f, x, "venomous::map_args", load, compat::field("module", x.module_),
      compat::field("func", x.func_), compat::field("items", x.items_));
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

/// How to run a map.
struct map_options {
  /// How long the function may run for one item. Then that item gets `timeout`
  /// and the snake is ended. `pool_default` for `python-timeout-ms`.
  caf::timespan timeout = pool_default;

  /// How long to wait in the queue for the first snake. Then the map gets
  /// `no_snake`.
  caf::timespan max_wait = forever;

  /// Lets `cancel` find the map.
  call_token token = 0;

  /// How many snakes may work on it at the same time, 0 for all.
  size_t snakes = 0;

  /// Receives the progress of the map, now and then and at its end, as
  /// `(map_progress_atom, call_token token, uint64_t done, uint64_t total)`.
  caf::actor observer = {};
};

/// Checks options as the pool does.
/// @returns `bad_options` with a text that names the invalid option.
/// @relates map_options
caf::error check(const map_options& options);

/// @relates map_options
template <class Inspector>
compat::inspect_result<Inspector> inspect(Inspector& f, map_options& x) {
  return compat::inspect_fields(
    f, x, "venomous::map_options", compat::field("timeout", x.timeout),
    compat::field("max_wait", x.max_wait), compat::field("token", x.token),
    compat::field("snakes", x.snakes), compat::field("observer", x.observer));
}

/// An item that has no result.
struct map_error {
  /// The index of the item, counted from 0.
  size_t index = 0;

  /// Any error that a call can end with.
  caf::error why;
};

/// @relates map_error
template <class Inspector>
compat::inspect_result<Inspector> inspect(Inspector& f, map_error& x) {
  return compat::inspect_fields(f, x, "venomous::map_error",
                                compat::field("index", x.index),
                                compat::field("why", x.why));
}

/// The outcome of each item.
template <class T>
struct map_results_of {
  /// The results in the order of the items, with a default `T` for each error.
  std::vector<T> values;

  /// The errors, in the order of the items.
  std::vector<map_error> errors;
};

/// Results that are not converted yet, with None for each error.
using map_results = map_results_of<value>;

/// @relates map_results_of
template <class Inspector>
compat::inspect_result<Inspector> inspect(Inspector& f, map_results& x) {
  return compat::inspect_fields(f, x, "venomous::map_results",
                                compat::field("values", x.values),
                                compat::field("errors", x.errors));
}

/// Converts each result to a `T`. A result that does not convert becomes an
/// error of its item, `undecodable`.
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
    // Freed immediately, while it is in the cache.
    auto from_snake = std::move(from.values[i]);
    if (from_snake.decode(in, decoded))
      result.values[i] = std::move(decoded);
    else
      result.errors.push_back({i, in.error()});
  }
  return result;
}

} // namespace venomous
