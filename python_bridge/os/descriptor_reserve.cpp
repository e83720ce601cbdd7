#include "python_bridge/os/descriptor_reserve.hpp"

#include "python_bridge/os/process_table.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace venomous {

namespace {

// Enough for files and connections that a program opens occasionally.
constexpr rlim_t largest_reserve = 64;

// A program with a low limit has few to spare.
constexpr rlim_t reserved_part = 4;

// Three for a snake, and four more until its process exists: the other ends of
// these, and its ledger.
constexpr rlim_t descriptors_of_start = 7;

} // namespace

std::optional<std::string> why_no_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  auto most = limit.rlim_cur;
  auto reserve = std::min(largest_reserve, most / reserved_part);
  auto taken = count_own_descriptors().value_or(most);
  if (taken + descriptors_of_start + reserve <= most)
    return std::nullopt;
  return "of the " + std::to_string(most)
         + " descriptors that the program may open (ulimit -n), "
         + std::to_string(reserve)
         + " are reserved for the program itself, and " + std::to_string(taken)
         + " are taken";
}

} // namespace venomous
