#include "venomous/options.hpp"

#include "base/enumerators.hpp"

namespace venomous {

namespace {

constexpr enumerators<termination_style> styles{termination_style::polite,
                                                termination_style::brutal};

} // namespace

std::string to_string(termination_style style) {
  return style == termination_style::brutal ? "brutal" : "polite";
}

bool from_string(std::string_view name, termination_style& x) {
  return styles.find(name, x);
}

bool from_integer(uint8_t number, termination_style& x) {
  return styles.find(number, x);
}

} // namespace venomous
