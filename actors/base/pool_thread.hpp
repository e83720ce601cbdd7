#pragma once

namespace venomous {

/// Says that the calling thread is that of a pool from now on.
void enter_pool_thread() noexcept;

/// Returns whether the calling thread is that of a pool. A call that blocks
/// would never return there.
bool is_pool_thread() noexcept;

} // namespace venomous
