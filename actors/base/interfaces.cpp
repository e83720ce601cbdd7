#include "actors/base/interfaces.hpp"

#include "venomous/detail/register_types.hpp"

namespace venomous::detail {

bool register_pool_types() {
  return compat::register_types<caf::id_block::venomous_pool>();
}

} // namespace venomous::detail
