#pragma once

/// @file
/// What tells whether the two ends of the wire fit together. They may come from
/// different builds: the interpreter may have a bridge of its own.

namespace venomous {

/// To be incremented with each change to what host and Python side exchange or
/// share: frames, extension types, the ledger, arenas, and the messages and
/// arguments of the zygote.
inline constexpr int protocol_number = 1;

/// The version of the project, for people.
inline constexpr const char* library_version = "0.1.0";

} // namespace venomous
