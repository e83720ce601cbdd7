#pragma once

#include "venomous/detail/compat.hpp"

#if !VENOMOUS_CAF_017
#  include <caf/init_global_meta_objects.hpp>
#endif

namespace venomous::compat {

/// Tells CAF 1.x of the types in a block of type IDs, unless the program has
/// done so already. CAF 0.17 knows types without that.
/// @returns `true`, to initialize a variable before `main`: CAF wants its types
///          before the first actor system.
template <class Block>
bool register_types() {
#if !VENOMOUS_CAF_017
  caf::core::init_global_meta_objects();
  caf::init_global_meta_objects<Block>();
#endif
  return true;
}

} // namespace venomous::compat
