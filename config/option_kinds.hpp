#pragma once

#include "config/option.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// @file
/// The kinds of options: each function makes an option that reads, checks and
/// shows one field.

namespace venomous::option_kinds {

/// Times longer than a year count as a slip.
constexpr int64_t year_in_ms = 365LL * 24 * 60 * 60 * 1000;

/// A count.
option whole(std::string name, std::string help, size_t pool_options::*field,
             int64_t min, int64_t max);

/// A time in whole microseconds.
option whole(std::string name, std::string help,
             std::chrono::microseconds pool_options::*field, int64_t min,
             int64_t max);

/// A time in whole milliseconds.
option whole(std::string name, std::string help,
             std::chrono::milliseconds pool_options::*field, int64_t min,
             int64_t max);

/// A time in whole seconds.
option whole(std::string name, std::string help,
             std::chrono::seconds pool_options::*field, int64_t min,
             int64_t max);

/// A limit, 0 for none; any other number below `min` is too small.
option limit(std::string name, std::string help, size_t pool_options::*field,
             int64_t min, int64_t max);

/// Whether a time of 0 is valid.
enum class zero : uint8_t { refused, allowed };

/// A time in minutes, which may have a fraction.
option minutes(std::string name, std::string help,
               std::chrono::milliseconds pool_options::*field, zero of_zero);

/// Yes or no.
option flag(std::string name, std::string help, bool pool_options::*field);

/// How to adapt a text that was read.
using transformation = std::string (*)(const std::string&);

/// Does nothing.
std::string as_is(const std::string& x);

/// Makes a path independent of a later change of the working directory.
std::string absolute(const std::string& x);

/// A text, which may be empty.
option text(std::string name, std::string help,
            std::string pool_options::*field, transformation transform);

/// A list of texts, none of them empty.
option texts(std::string name, std::string help,
             std::vector<std::string> pool_options::*field,
             transformation transform);

/// The environment variables.
option envvars(std::string name, std::string help);

/// The termination style.
option style(std::string name, std::string help);

/// The module or the function of the encoder.
option encoder_name(std::string name, std::string help,
                    std::string encoder_call::*field);

/// The arguments of the encoder.
option encoder_args(std::string name, std::string help);

} // namespace venomous::option_kinds
