#pragma once

#include <cstdint>

namespace venomous::detail {

/// The kind of a value in Python.
enum class kind : uint8_t {
  none,
  boolean,
  integer,
  floating,
  string,
  bytes,
  list,
  tuple,
  dict,
  set,
  frozenset,
  complex,
  bytearray,
  range,
  date,
  time,
  datetime,
  timedelta,
  decimal,
  uuid,
  path,
  enumeration,
  named_tuple,
  array,
  tagged,
  kept,
  opaque,
};

/// Returns Python's name for a kind.
const char* to_string(kind x);

} // namespace venomous::detail
