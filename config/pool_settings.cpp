#include "config/pool_settings.hpp"

#include "config/option_table.hpp"
#include "venomous/config.hpp"

#include <string_view>
#include <utility>

namespace venomous {

namespace {

using dictionary = caf::config_value::dictionary;

constexpr std::string_view perpetual_workers =
  "venomous.snake-manager.perpetual-workers";

constexpr std::string_view max_children =
  "venomous.snake-supervisor.max-children";

} // namespace

caf::error pool_settings::apply(const setting& entry) {
  auto value = entry.value;
  auto opt = find_option(entry.name);
  if (!opt && is_option_group(entry.name)) {
    auto group = caf::get_if<dictionary>(&value);
    return group ? caf::error{}
                 : bad_setting(entry, "expected a group, got " + entry.text);
  }
  if (!opt) {
    opt = find_option_around(entry.name);
    if (!opt)
      return bad_setting(entry, "unknown key, got " + entry.text
                                  + ", did you mean "
                                  + nearest_option(entry.name).name + '?');
    if (opt->shape != option_shape::group)
      return bad_setting(entry,
                         opt->name + " is not a group, got " + entry.text);
    auto key = entry.name.substr(opt->name.size() + 1);
    value = caf::config_value{dictionary{{key, std::move(value)}}};
  }
  if (auto expected = opt->read(options_, value))
    return bad_setting(entry, "expected " + *expected + ", got " + entry.text);
  seen_.insert_or_assign(entry.name, entry.place);
  return caf::none;
}

caf::error pool_settings::apply_group(const std::string& name,
                                      const caf::settings& group,
                                      const std::string& place) {
  for (auto& [key, value] : group) {
    auto full_name = name + '.' + key;
    auto inner = caf::get_if<dictionary>(&value);
    auto is_group = inner != nullptr && !inner->empty();
    auto err = is_group && find_option(full_name) == nullptr
                 ? apply_group(full_name, *inner, place)
                 : apply({full_name, value, caf::deep_to_string(value), place});
    if (err)
      return err;
  }
  return caf::none;
}

caf::error pool_settings::check() {
  if (auto bad = find_bad_option(options_)) {
    auto& name = bad->opt->name;
    return bad_setting({name, {}, {}, place_of(name)},
                       "expected " + bad->expected + ", got "
                         + bad->opt->show(options_));
  }
  if (options_.perpetual_workers <= options_.max_children)
    return caf::none;
  auto perpetual = seen_.find(perpetual_workers);
  if (perpetual != seen_.end() && seen_.count(max_children) > 0)
    return bad_setting({perpetual->first, {}, {}, perpetual->second},
                       "expected at most max-children, which is "
                         + std::to_string(options_.max_children) + ", got "
                         + std::to_string(options_.perpetual_workers));
  options_.perpetual_workers = options_.max_children;
  return caf::none;
}

/// Returns where `name`, or else another key of its group, was given. Only the
/// keys of one group can make no sense together.
std::string pool_settings::place_of(const std::string& name) const {
  if (auto i = seen_.find(name); i != seen_.end())
    return i->second;
  auto group = name.substr(0, name.rfind('.') + 1);
  auto i = seen_.lower_bound(group);
  return i != seen_.end() ? i->second : std::string{};
}

// -- reading from any configuration -------------------------------------------

caf::expected<pool_options> pool_options_of(
  const caf::actor_system_config& cfg) {
  if (auto own = dynamic_cast<const config*>(&cfg))
    return own->pool;
  const std::string root = "venomous";
  pool_options result;
  pool_settings settings{result};
  for (auto& [key, value] : cfg.content) {
    // CAF 0.17 leaves the name of a section as it is, with its dots.
    if (key != root && !key.starts_with(root + '.'))
      continue;
    auto group = caf::get_if<dictionary>(&value);
    auto err = group ? settings.apply_group(key, *group, "configuration")
                     : settings.apply({key, value, caf::deep_to_string(value),
                                       "configuration"});
    if (err)
      return err;
  }
  if (auto err = settings.check())
    return err;
  return result;
}

} // namespace venomous
