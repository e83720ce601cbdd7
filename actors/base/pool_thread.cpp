#include "actors/base/pool_thread.hpp"

namespace venomous {

namespace {

thread_local bool in_pool = false;

} // namespace

void enter_pool_thread() noexcept {
  in_pool = true;
}

bool is_pool_thread() noexcept {
  return in_pool;
}

} // namespace venomous
