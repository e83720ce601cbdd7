#include "venomous/map.hpp"

#include "base/map_items.hpp"
#include "venomous/messages.hpp"

namespace venomous {

void map_args::assign(std::string bytes) {
  items_ = value::from_bytes(std::move(bytes));
}

caf::error map_args::count() {
  auto bytes = items_.bytes();
  for (size_ = 0; !bytes.empty(); ++size_) {
    auto size = size_of_item(bytes);
    if (size > bytes.size())
      return caf::make_error(errc::undecodable,
                             std::string{"an item is cut off"});
    bytes = bytes.subspan(size);
  }
  return {};
}

caf::error check(const map_options& options) {
  return check(
    python_options{.timeout = options.timeout, .max_wait = options.max_wait});
}

} // namespace venomous
