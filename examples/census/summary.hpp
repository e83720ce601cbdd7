#pragma once

#include "file_report.hpp"

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

/// Numbers of files and of what is in them.
struct counts {
  size_t files = 0;
  size_t lines = 0;
  size_t functions = 0;
  size_t classes = 0;

  counts& operator+=(const counts& other);
};

/// A function and where it is.
struct found_function : function_report {
  std::string file;
};

/// All reports added up. The order in which they come makes no difference.
class summary {
public:
  /// How the census was made.
  struct circumstances {
    std::string folder;
    size_t snakes = 0;
    std::chrono::duration<double> time{0};
  };

  void add(const std::string& file, const file_report& report);

  void print_table(std::ostream& out, const circumstances& how) const;

  void print_json(std::ostream& out, const circumstances& how) const;

private:
  counts total_;
  /// What lies in which folder directly below the one of the census.
  std::map<std::string, counts> folders_;
  std::vector<found_function> most_complex_;
  /// Files that do not parse, and why.
  std::map<std::string, std::string> unparsed_;
};
