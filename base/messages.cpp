#include "venomous/messages.hpp"

#include "venomous/detail/register_types.hpp"

namespace venomous::detail {

bool register_types() {
  return compat::register_types<caf::id_block::venomous>();
}

} // namespace venomous::detail
