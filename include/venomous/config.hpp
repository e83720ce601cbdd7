#pragma once

#include "venomous/detail/config_base.hpp"
#include "venomous/options.hpp"

#include <string>
#include <vector>

namespace venomous {

struct setting;

class pool_settings;

/// CAF's configuration together with the options of a pool, both from one file
/// and the command line.
///
/// The file has the syntax of CAF 1.x on every version of CAF: groups in
/// braces, one `key = value` a line, comments after `#`. The group `venomous`
/// holds the options of the pool, `caf` those of CAF, and all other groups are
/// the user's: read them with `caf::get_or`.
class config : public detail::config_base {
public:
  /// The file that is read by default.
  static constexpr const char* default_file_name = "caf-application.conf";

  /// Picks CAF's `sharing` scheduler, because `stealing` polls with sleeps,
  /// which would slow down calls that take microseconds.
  config();

  /// Reads the file, then the command line on top of it. With CAF 1.x,
  /// variables of the environment come in between, for CAF's options and for
  /// those that a derived class adds: `CAF_SCHEDULER_MAX_THREADS`.
  ///
  /// Takes `--venomous.*`, `--caf.*`, `--config-file` and `--help` from the
  /// command line, up to `--`. Everything else stays in `remainder`, in order,
  /// for the user's own parser. `--help` stays there, too, while the help text
  /// for the options of a pool is printed and `cli_helptext_printed` set.
  ///
  /// @param default_file Read if it exists and `--config-file` names no other.
  ///                     `CAF_MAIN` of CAF 0.17 can only pass
  ///                     `caf-application.ini`, which also stands for the
  ///                     default.
  /// @returns `bad_options` with a text that names the place, the key and the
  ///          value. The configuration is unusable then.
  caf::error parse(int argc, char** argv,
                   const char* default_file = default_file_name);

  /// Does the same, for arguments without the name of the program.
  caf::error parse(std::vector<std::string> args,
                   const char* default_file = default_file_name);

  /// The options of the pool. Unless both are given, `parse` lowers
  /// `perpetual_workers` to `max_children`.
  pool_options pool;

private:
  caf::error parse_all(const std::string& program,
                       const std::vector<std::string>& args,
                       const char* default_file);

  caf::error apply(const std::vector<setting>& settings,
                   pool_settings& of_pool);

  caf::error apply_other(const setting& entry);
};

/// Returns the options of a pool as the file and the command line of `cfg` say,
/// whatever its type: `pool` of a `config`, or what CAF has read under the same
/// names. That is as strict as `config::parse`: a misspelt key or a value that
/// makes no sense is `bad_options`.
caf::expected<pool_options> pool_options_of(
  const caf::actor_system_config& cfg);

} // namespace venomous
