#include "config/caf_option.hpp"

#include "venomous/messages.hpp"

#include <sstream>
#include <string_view>
#include <utility>

namespace venomous {

#if VENOMOUS_CAF_017

namespace {

/// CAF 0.17 wants atoms where later versions take strings.
caf::config_value with_atoms(const caf::config_value& x) {
  using list_type = caf::config_value::list;
  constexpr size_t max_atom_size = 10;
  if (auto str = caf::get_if<std::string>(&x);
      str && str->size() <= max_atom_size)
    return caf::config_value{caf::atom_from_string(*str)};
  if (auto list = caf::get_if<list_type>(&x)) {
    list_type result;
    for (auto& item : *list)
      result.push_back(with_atoms(item));
    return caf::config_value{std::move(result)};
  }
  return x;
}

} // namespace

void prepare_caf(caf::actor_system_config& cfg) {
  cfg.add_message_types<caf::id_block::venomous>();
  cfg.set("scheduler.policy", caf::atom("sharing"));
}

void set_config_file_path(caf::actor_system_config& cfg, std::string path) {
  cfg.config_file_path = std::move(path);
}

std::string name_for_caf(const std::string& name) {
  // CAF 0.17 has its own options without the group `caf` around them.
  constexpr std::string_view group = "caf.";
  return name.starts_with(group) ? name.substr(group.size()) : name;
}

bool set_caf_option(const caf::config_option& opt, caf::config_value& x) {
  if (opt.check(x)) {
    auto converted = with_atoms(x);
    if (opt.check(converted))
      return false;
    x = std::move(converted);
  }
  opt.store(x);
  return true;
}

caf::error finish_parsing(caf::actor_system_config& cfg, const std::string&,
                          const std::vector<std::string>&) {
  std::istringstream nothing{"\n"};
  return cfg.parse(std::vector<std::string>{}, nothing);
}

#else

void prepare_caf(caf::actor_system_config& cfg) {
  cfg.set("caf.scheduler.policy", "sharing");
}

void set_config_file_path(caf::actor_system_config& cfg, std::string path) {
  cfg.config_file_path(std::move(path));
}

std::string name_for_caf(const std::string& name) {
  return name;
}

bool set_caf_option(const caf::config_option& opt, caf::config_value& x) {
  return !opt.sync(x);
}

// CAF also takes options from the environment, and keeps the remainder.
caf::error finish_parsing(caf::actor_system_config& cfg,
                          const std::string& program,
                          const std::vector<std::string>& remainder) {
  std::vector<std::string> args{program, "--"};
  args.insert(args.end(), remainder.begin(), remainder.end());
  std::vector<char*> argv;
  for (auto& arg : args)
    argv.push_back(arg.data());
  std::istringstream nothing{"\n"};
  return cfg.parse(static_cast<int>(argv.size()), argv.data(), nothing);
}

#endif

const caf::config_option* find_caf_option(const caf::config_option_set& options,
                                          const std::string& name) {
  auto dot = name.rfind('.');
  if (dot == std::string::npos)
    return options.qualified_name_lookup("global", name);
  return options.qualified_name_lookup(name.substr(0, dot),
                                       name.substr(dot + 1));
}

std::string type_of_caf_option(const caf::config_option& opt) {
  std::string result{opt.type_name().begin(), opt.type_name().end()};
  // CAF 1.x calls integers by their names in C++.
  if (result.ends_with("_t"))
    result.resize(result.size() - 2);
  return result;
}

} // namespace venomous
