#pragma once

/// @file
/// Converts C++ types to MessagePack and back. A type is known if `codec` is
/// specialized for it; a struct becomes known by `MSGPACK_DEFINE_MAP`.
///
/// A specialization of `codec<T>` has:
/// - `name()`, the name of the type in Python
/// - `is_exact(kind)`, whether no conversion is needed for such an item
/// - `encode(encoder&, const T&)`
/// - `decode(decoder&, T&)`, which is left out for types that own nothing

#include "venomous/codec/container.hpp"
#include "venomous/codec/enum.hpp"
#include "venomous/codec/number.hpp"
#include "venomous/codec/octets.hpp"
#include "venomous/codec/scalar.hpp"
#include "venomous/codec/set.hpp"
#include "venomous/codec/struct.hpp"
#include "venomous/codec/tagged.hpp"
#include "venomous/codec/time.hpp"
