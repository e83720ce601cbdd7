#pragma once

#include <venomous/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// What `census.py` tells about a function.
struct function_report {
  std::string name;
  size_t line = 0;
  size_t complexity = 0;
  MSGPACK_DEFINE_MAP(name, line, complexity)
};

/// What `census.py` tells about a file.
struct file_report {
  size_t lines = 0;
  size_t functions = 0;
  size_t classes = 0;
  std::vector<function_report> most_complex;
  /// Nothing if the file was parsed.
  std::optional<std::string> why_unparsed;
  MSGPACK_DEFINE_MAP(lines, functions, classes, most_complex, why_unparsed)
};
