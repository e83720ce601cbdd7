#pragma once

#include <pybind11/pybind11.h>

namespace venomous::bridge {

/// @file
/// Records: dataclasses and similar types, which are dicts on the wire.
/// `venomous/plans.py` knows what annotations mean, `venomous/sent.py` how to
/// send a record.

/// Converts the list `args` and the dict `kwargs` in place to the types that
/// the annotations of `func` name. Runs user code if there is a record among
/// them.
/// @throws undecodable, or `error_already_set` if that code raises.
void convert_arguments(pybind11::handle func, pybind11::handle args,
                       pybind11::handle kwargs);

/// Converts the only argument of a function that is called many times.
class argument_converter {
public:
  /// A converter that does nothing.
  argument_converter() = default;

  explicit argument_converter(pybind11::handle func);

  /// Returns whether there is something to convert.
  explicit operator bool() const {
    return !plan_.is_none();
  }

  /// Converts `arg` to the type that the annotation of the first parameter
  /// names, see `convert_arguments`.
  pybind11::object operator()(pybind11::object arg) const;

private:
  pybind11::object plan_ = pybind11::none();
};

} // namespace venomous::bridge
