#pragma once

#include <pybind11/pybind11.h>

namespace venomous::bridge {

/// @file
/// Records: dataclasses and similar types, which are dicts on the wire.
/// `venomous/plans.py` knows what annotations mean, `venomous/sent.py` how a
/// record is sent.

/// Makes of the list `args` and the dict `kwargs` what the annotations of
/// `func` ask for, in place. Runs code of the user if there is a record among
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

  /// Returns what the annotation of the first parameter makes of `arg`, see
  /// `convert_arguments`.
  pybind11::object operator()(pybind11::object arg) const;

private:
  pybind11::object plan_ = pybind11::none();
};

} // namespace venomous::bridge
