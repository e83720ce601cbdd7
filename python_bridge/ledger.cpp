#include "python_bridge/ledger.hpp"

namespace venomous {

uint64_t ledger::revoke(uint64_t last) noexcept {
  auto begun = contents().begun.load();
  while (begun < last && !contents().begun.compare_exchange_weak(begun, last))
    ;
  return begun;
}

bool ledger::begin(uint64_t id) noexcept {
  auto previous = id - 1;
  return contents().begun.compare_exchange_strong(previous, id);
}

} // namespace venomous
