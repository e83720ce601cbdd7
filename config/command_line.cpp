#include "config/command_line.hpp"

#include "config/conf_file.hpp"
#include "config/option_table.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace venomous {

namespace {

constexpr const char* source = "command line";

constexpr const char* config_file_arg = "--config-file";

bool starts_with(std::string_view str, std::string_view prefix) {
  return str.substr(0, prefix.size()) == prefix;
}

/// Returns the key of an argument if it is one for this library.
std::optional<std::string> key_of(const std::string& arg) {
  auto name = arg.substr(0, arg.find('='));
  if (starts_with(name, "--venomous.") || starts_with(name, "--caf.")
      || name == config_file_arg)
    return name.substr(2);
  return std::nullopt;
}

// -- values -------------------------------------------------------------------

using caf::config_value;

/// Reads a value like the file does, but takes anything else as a text.
config_value loose_value(const std::string& text) {
  if (auto result = parse_value(text))
    return std::move(*result);
  return config_value{text};
}

/// Takes a text as it is, but `""` as the empty one.
config_value text_value(const std::string& text) {
  return starts_with(text, "\"") ? loose_value(text) : config_value{text};
}

config_value list_value(const std::vector<std::string>& texts,
                        config_value (*item)(const std::string&)) {
  config_value::list result;
  for (auto& text : texts) {
    auto value = loose_value(text);
    if (caf::holds_alternative<config_value::list>(value))
      for (auto& x : caf::get<config_value::list>(value))
        result.push_back(std::move(x));
    else
      for (auto& part : CLI::detail::split(text, ','))
        if (!part.empty())
          result.push_back(item(part));
  }
  return config_value{std::move(result)};
}

config_value make_value(const std::string& name,
                        const std::vector<std::string>& texts) {
  auto known = find_option(name);
  if (!known)
    known = find_option_around(name);
  auto shape = known ? known->shape : option_shape::number;
  switch (shape) {
  case option_shape::texts:
    return list_value(texts, text_value);
  case option_shape::values:
    return list_value(texts, loose_value);
  case option_shape::text:
  case option_shape::group:
    return text_value(texts.front());
  default:
    return loose_value(texts.front());
  }
}

bool may_be_repeated(const std::string& name) {
  auto known = find_option(name);
  return known
         && (known->shape == option_shape::texts
             || known->shape == option_shape::values);
}

// -- arguments ----------------------------------------------------------------

caf::error bad_argument(const std::string& name, const std::string& why) {
  return bad_setting({name, {}, {}, source}, why);
}

/// Finds errors that CLI11 accepts, or reports in another style.
caf::error check_argument(const std::string& arg, const std::string& name,
                          bool is_last) {
  if (!is_key(name))
    return bad_argument(name, "malformed key");
  auto has_value = arg.find('=') != std::string::npos;
  // CLI11 would take the next argument as the value.
  if (has_value && arg.size() == name.size() + 3)
    return bad_argument(name, R"(no value after '=', an empty text is '""')");
  if (!has_value && is_last)
    return bad_argument(name, "no value");
  return caf::none;
}

caf::expected<command_line> collect(const CLI::App& app) {
  command_line result;
  for (auto opt : app.get_options()) {
    auto& texts = opt->results();
    auto name = opt->get_name().substr(2);
    if (texts.empty()) // was the value of another one
      continue;
    if (texts.size() > 1 && !may_be_repeated(name))
      return bad_argument(name, "given twice");
    if (opt->check_name(config_file_arg))
      result.config_file = texts.front();
    else
      result.settings.push_back(
        {name, make_value(name, texts), CLI::detail::join(texts, ","), source});
  }
  result.remainder = app.remaining();
  return result;
}

} // namespace

caf::expected<command_line> read_command_line(
  const std::vector<std::string>& args) {
  auto end = std::find(args.begin(), args.end(), "--");
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  // Declares only options that are present: this library does not know the
  // names below `caf`.
  for (auto i = args.begin(); i != end; ++i) {
    auto name = key_of(*i);
    if (!name)
      continue;
    if (auto err = check_argument(*i, *name, std::next(i) == end))
      return err;
    if (!app.get_option_no_throw("--" + *name))
      app.add_option("--" + *name)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  try {
    // CLI11 wants its arguments in reverse.
    app.parse(
      std::vector<std::string>{std::reverse_iterator{end}, args.rend()});
  } catch (const CLI::ParseError& err) {
    return caf::make_error(errc::bad_options,
                           std::string{source} + ": " + err.what());
  }
  auto result = collect(app);
  if (result) {
    auto& rest = result->remainder;
    result->help = std::find(rest.begin(), rest.end(), "--help") != rest.end();
    rest.insert(rest.end(), end, args.end());
  }
  return result;
}

std::string help_text() {
  CLI::App app;
  app.set_help_flag();
  app.add_option(config_file_arg, "file to read instead of the default one")
    ->type_name("FILE");
  app.add_option("--caf.GROUP.KEY", "an option of CAF")->type_name("VALUE");
  for (auto& x : option_table()) {
    auto key = x.shape == option_shape::group ? ".NAME" : "";
    app.add_option("--" + x.name + key, x.help)
      ->group(x.name.substr(0, x.name.rfind('.')))
      ->type_name("")
      ->default_str(x.show(pool_options{}));
  }
  return CLI::Formatter{}.make_groups(&app, CLI::AppFormatMode::Normal);
}

} // namespace venomous
