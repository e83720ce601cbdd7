#pragma once

#include "venomous/codec/scalar.hpp"
#include "venomous/uuid.hpp"

#include <filesystem>

/// @file
/// Codecs of types that bytes represent: bytearray, UUID and paths.

namespace venomous {

/// Python's bytearray. `bytes` decode a bytearray as well.
struct bytearray {
  venomous::bytes data;

  bool operator==(const bytearray&) const = default;
};

template <>
struct codec<bytearray> : detail::kind_codec<detail::kind::bytearray> {
  static void encode(encoder& out, const bytearray& x);

  static bool decode(decoder& in, bytearray& x);
};

template <>
struct codec<uuid> : detail::kind_codec<detail::kind::uuid> {
  static void encode(encoder& out, const uuid& x);

  static bool decode(decoder& in, uuid& x);
};

/// Becomes a PosixPath, whose bytes need not be UTF-8: "a//b/" is "a/b" there.
/// A PurePosixPath decodes as well.
template <>
struct codec<std::filesystem::path> : detail::kind_codec<detail::kind::path> {
  static void encode(encoder& out, const std::filesystem::path& x);

  static bool decode(decoder& in, std::filesystem::path& x);
};

} // namespace venomous
