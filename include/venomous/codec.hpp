#pragma once

/// @file
/// How C++ types become MessagePack and come back. A type is known if `codec`
/// is specialized for it; a struct becomes known by `MSGPACK_DEFINE_MAP`.
///
/// A specialization of `codec<T>` has:
/// - `name()`, what Python calls it
/// - `is_exact(kind)`, whether no conversion is needed for such an item
/// - `encode(encoder&, const T&)`
/// - `decode(decoder&, T&)`, which is left out for types that own nothing

#include "venomous/codec_container.hpp"
#include "venomous/codec_enum.hpp"
#include "venomous/codec_number.hpp"
#include "venomous/codec_octets.hpp"
#include "venomous/codec_scalar.hpp"
#include "venomous/codec_set.hpp"
#include "venomous/codec_struct.hpp"
#include "venomous/codec_tagged.hpp"
#include "venomous/codec_time.hpp"
