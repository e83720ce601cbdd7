#include "venomous/config.hpp"

#include "config/caf_option.hpp"
#include "config/command_line.hpp"
#include "config/conf_file.hpp"
#include "config/pool_settings.hpp"
#include "venomous/messages.hpp"

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace venomous {

namespace {

bool is_in_group(const std::string& name, std::string_view group) {
  return name.substr(0, name.find('.')) == group;
}

// -- the file -----------------------------------------------------------------

/// A default file need not exist, but must be readable if it does.
caf::expected<std::vector<setting>> read_file(
  const std::optional<std::string>& asked_for,
  const std::string& default_file) {
  std::error_code unused;
  if (!asked_for && !std::filesystem::exists(default_file, unused))
    return std::vector<setting>{};
  return read_conf_file(asked_for.value_or(default_file));
}

} // namespace

// -- construction -------------------------------------------------------------

config::config() {
  prepare_caf(*this);
}

// -- parsing ------------------------------------------------------------------

caf::error config::parse(int argc, char** argv, const char* default_file) {
  std::vector<std::string> args(argv, argv + argc);
  std::string program;
  if (argc > 0) {
    program = std::move(args.front());
    args.erase(args.begin());
  }
  return parse_all(program, args, default_file);
}

caf::error config::parse(std::vector<std::string> args,
                         const char* default_file) {
  return parse_all({}, args, default_file);
}

caf::error config::parse_all(const std::string& program,
                             const std::vector<std::string>& args,
                             const char* default_file) {
  auto cmd = read_command_line(args);
  if (!cmd)
    return std::move(cmd.error());
  remainder = std::move(cmd->remainder);
  if (cmd->help) {
    std::cout << help_text() << std::flush;
    auto err = finish_parsing(*this, program, remainder);
    cli_helptext_printed = true;
    return err;
  }
  if (default_file == nullptr
      || default_file == std::string_view{"caf-application.ini"})
    default_file = default_file_name;
  set_config_file_path(*this, cmd->config_file.value_or(default_file));
  auto file = read_file(cmd->config_file, default_file);
  if (!file)
    return std::move(file.error());
  if (auto err = check(pool)) // what was set in code
    return err;
  pool_settings settings{pool};
  if (auto err = apply(*file, settings))
    return err;
  if (auto err = finish_parsing(*this, program, remainder))
    return err;
  if (auto err = apply(cmd->settings, settings))
    return err;
  return settings.check();
}

caf::error config::apply(const std::vector<setting>& settings,
                         pool_settings& of_pool) {
  for (auto& entry : settings) {
    auto err = is_in_group(entry.name, "venomous") ? of_pool.apply(entry)
                                                   : apply_other(entry);
    if (err)
      return err;
  }
  return caf::none;
}

caf::error config::apply_other(const setting& entry) {
  auto name = name_for_caf(entry.name);
  auto value = entry.value;
  if (auto opt = find_caf_option(custom_options_, name);
      opt && !set_caf_option(*opt, value))
    return bad_setting(entry, "expected a value of type "
                                + type_of_caf_option(*opt) + ", got "
                                + entry.text);
  using dictionary = caf::config_value::dictionary;
  if (caf::holds_alternative<dictionary>(value)) // an empty group
    caf::put_missing(content, name, std::move(value));
  else
    caf::put(content, name, std::move(value));
  return caf::none;
}

} // namespace venomous
