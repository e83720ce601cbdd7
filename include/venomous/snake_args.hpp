#pragma once

#include "venomous/value.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace venomous {

/// A Python function and its arguments. The arguments are encoded immediately,
/// and copies share them.
class snake_args {
public:
  // -- constructors -----------------------------------------------------------

  /// Names no function; assign to it before use.
  snake_args();

  /// Calls `func` of `module` with `args` as positional arguments.
  /// @param module The module to import, e.g. `os.path`.
  /// @param func A name in the module, with dots for members of classes, e.g.
  ///             `date.replace`.
  /// @param args Anything that converts to a `value`. Throws
  ///             `std::length_error` if one contains 4 GiB or more.
  template <encodable... Ts>
  snake_args(std::string module, std::string func, const Ts&... args)
    : module_(std::move(module)), func_(std::move(func)) {
    encoder out;
    out.put_list(sizeof...(Ts));
    (out.put(args), ...);
    args_ =
      value::from_bytes(out.take(), out.take_attachments(), out.take_kept());
    kwargs_ = no_kwargs();
  }

  /// Passes as many positional arguments as `args` has elements.
  static snake_args with_args(std::string module, std::string func,
                              const std::vector<value>& args);

  // -- keyword arguments ------------------------------------------------------

  /// A name and its argument.
  using keyword = std::pair<std::string_view, value>;

  /// Adds keyword arguments, e.g. `{{"base", 16}}`. If a name occurs twice, the
  /// last one counts.
  snake_args& kwargs(std::initializer_list<keyword> added) & {
    add({added.begin(), added.size()});
    return *this;
  }

  /// Adds keyword arguments to a temporary: `snake_args{...}.kwargs`.
  snake_args&& kwargs(std::initializer_list<keyword> added) && {
    add({added.begin(), added.size()});
    return std::move(*this);
  }

  /// Adds keyword arguments that are known only at run time.
  snake_args& kwargs(const std::vector<keyword>& added) & {
    add(added);
    return *this;
  }

  /// Adds keyword arguments that are known only at run time.
  snake_args&& kwargs(const std::vector<keyword>& added) && {
    add(added);
    return std::move(*this);
  }

  // -- properties -------------------------------------------------------------

  /// Returns the module to import.
  const std::string& module() const noexcept {
    return module_;
  }

  /// Returns the name of the function in the module.
  const std::string& func() const noexcept {
    return func_;
  }

  /// Returns a list of the positional arguments.
  const value& args() const noexcept {
    return args_;
  }

  /// Returns a dict of the keyword arguments.
  const value& kwargs() const noexcept {
    return kwargs_;
  }

  /// Appends module and function, which precede `args` and `kwargs` in the body
  /// of a call.
  void append_head(std::string& out) const;

  /// Returns whether both are the same call, see `operator==` of `value`.
  friend bool operator==(const snake_args&, const snake_args&) = default;

  template <class Inspector>
  friend compat::inspect_result<Inspector> inspect(Inspector& f,
                                                   snake_args& x) {
    return compat::inspect_fields(
      f, x, "venomous::snake_args", compat::field("module", x.module_),
      compat::field("func", x.func_), compat::field("args", x.args_),
      compat::field("kwargs", x.kwargs_));
  }

private:
  static value no_kwargs();

  void add(std::span<const keyword> added);

  std::string module_;
  std::string func_;
  value args_;
  value kwargs_;
};

} // namespace venomous
