#include "venomous/options.hpp"

#include "base/enumerators.hpp"

namespace venomous {

std::string to_string(termination_style style) {
  return style == termination_style::brutal ? "brutal" : "polite";
}

bool from_string(std::string_view name, termination_style& x) {
  return find_enumerator(name, termination_style::polite,
                         termination_style::brutal, x);
}

bool from_integer(uint8_t number, termination_style& x) {
  return find_enumerator(number, termination_style::polite,
                         termination_style::brutal, x);
}

} // namespace venomous
