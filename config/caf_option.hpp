#pragma once

#include "venomous/detail/compat.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/config_option.hpp>
#include <caf/config_option_set.hpp>
#include <caf/config_value.hpp>
#include <caf/pec.hpp>

#include <string>
#include <vector>

/// @file
/// CAF's own options, in the spelling of CAF 1.x on every version.

namespace venomous {

/// Makes the types of this library's messages known, and picks the `sharing`
/// scheduler.
void prepare_caf(caf::actor_system_config& cfg);

/// Sets the name under which CAF knows its configuration file.
void set_config_file_path(caf::actor_system_config& cfg, std::string path);

/// Returns how this version of CAF spells the name of an option.
std::string name_for_caf(const std::string& name);

/// Returns the option of that name, as CAF spells it, or `nullptr`.
const caf::config_option* find_caf_option(const caf::config_option_set& options,
                                          const std::string& name);

/// Returns what an option wants, e.g. `uint16`.
std::string type_of_caf_option(const caf::config_option& opt);

/// Sets an option of CAF.
/// @param x Converted to the type of the option.
/// @returns whether it has a type that suits the option.
bool set_caf_option(const caf::config_option& opt, caf::config_value& x);

/// Has CAF do the rest of what it does for a file and a command line.
/// @param program The name of the program.
/// @param remainder The arguments that were not consumed.
caf::error finish_parsing(caf::actor_system_config& cfg,
                          const std::string& program,
                          const std::vector<std::string>& remainder);

/// How the parser of CAF reports an unknown escape sequence.
inline constexpr caf::pec unknown_escape_sequence =
#if VENOMOUS_CAF_017
  caf::pec::illegal_escape_sequence;
#else
  caf::pec::invalid_escape_sequence;
#endif

} // namespace venomous
