#include "actors/base/job.hpp"

#include "python_bridge/wire/frame.hpp"

#include "venomous/error.hpp"

#include <algorithm>

namespace venomous {

namespace {

size_t attachments_of(const snake_args& args) {
  return args.args().attachments().size() + args.kwargs().attachments().size();
}

} // namespace

std::string job::name() const {
  if (auto args = call())
    return args->module() + "." + args->func();
  auto& args = *chunk()->of;
  return args.module() + "." + args.func();
}

std::vector<uint64_t> homes_of(const job& work) {
  std::vector<uint64_t> result;
  auto args = work.call();
  if (args == nullptr)
    return result;
  for (auto part : {&args->args(), &args->kwargs()})
    for (auto& x : part->kept())
      if (auto id = x->home()->snake(); !std::ranges::count(result, id))
        result.push_back(id);
  return result;
}

size_t size_of(const job& work) {
  if (auto args = work.call())
    return args->args().total_size() + args->kwargs().total_size()
           + attachments_of(*args) * attachment_overhead;
  return work.chunk()->items.bytes().size();
}

caf::error check_size(const job& work, size_t max_mb) {
  if (auto args = work.call())
    if (auto n = attachments_of(*args); n > max_attachments)
      return caf::make_error(errc::unencodable,
                             "the arguments have " + std::to_string(n)
                               + " long arrays, more than can be sent at once");
  auto size = size_of(work);
  if (size <= max_mb << 20)
    return {};
  return caf::make_error(errc::unencodable,
                         "the arguments take " + std::to_string(size)
                           + " bytes, more than max-frame-mb="
                           + std::to_string(max_mb) + " permits");
}

} // namespace venomous
