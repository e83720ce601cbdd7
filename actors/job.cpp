#include "actors/job.hpp"

#include "venomous/error.hpp"

namespace venomous {

std::string job::name() const {
  if (auto args = call())
    return args->module() + "." + args->func();
  auto& args = *chunk()->of;
  return args.module() + "." + args.func();
}

size_t size_of(const job& what) {
  if (auto args = what.call())
    return args->args().total_size() + args->kwargs().total_size();
  return what.chunk()->items.bytes().size();
}

caf::error check_size(const job& what, size_t max_mb) {
  auto size = size_of(what);
  if (size <= max_mb << 20)
    return {};
  return caf::error{errc::unencodable, "the arguments take "
                                         + std::to_string(size)
                                         + " bytes, more than max-frame-mb="
                                         + std::to_string(max_mb) + " permits"};
}

} // namespace venomous
