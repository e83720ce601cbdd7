#pragma once

#include <venomous/config.hpp>
#include <venomous/error.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

/// Has `app` read what the options of the library have left of the command
/// line.
inline caf::error parse_arguments(CLI::App& app, venomous::config& cfg) {
  try {
    // CLI11 takes the arguments last one first.
    std::reverse(cfg.remainder.begin(), cfg.remainder.end());
    app.parse(std::exchange(cfg.remainder, {}));
  } catch (const CLI::CallForHelp&) {
    std::cout << '\n' << app.help() << std::flush;
    cfg.cli_helptext_printed = true;
  } catch (const CLI::ParseError& ex) {
    return caf::make_error(venomous::errc::bad_options, std::string{ex.what()});
  }
  return caf::none;
}
