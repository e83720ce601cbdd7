#include "actors/job.hpp"

#include "venomous/error.hpp"

#include <limits>

namespace venomous {

std::string job::name() const {
  if (auto args = call())
    return args->module() + "." + args->func();
  auto& args = *chunk()->of;
  return args.module() + "." + args.func();
}

size_t size_of(const job& what) {
  if (auto args = what.call())
    return args->args().bytes().size() + args->kwargs().bytes().size();
  return what.chunk()->items.bytes().size();
}

caf::error check_size(const job& what) {
  constexpr size_t max_body = std::numeric_limits<uint32_t>::max() / 2;
  if (size_of(what) <= max_body)
    return {};
  return caf::error{errc::unencodable, "the arguments are larger than "
                                         + std::to_string(max_body) + " bytes"};
}

} // namespace venomous
