#pragma once

#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>

namespace measure {

/// Returns a field of `/proc/<process>/smaps_rollup`, `Pss` or `Rss`, in bytes.
inline double memory_of(const std::string& process, const std::string& field) {
  std::ifstream file{"/proc/" + process + "/smaps_rollup"};
  constexpr auto all = std::numeric_limits<std::streamsize>::max();
  for (std::string name; file >> name; file.ignore(all, '\n'))
    if (double kilobytes; name == field + ":" && file >> kilobytes)
      return kilobytes * 1024;
  throw std::runtime_error("the memory of process " + process + " is unknown");
}

} // namespace measure
