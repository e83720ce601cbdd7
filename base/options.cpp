#include "venomous/options.hpp"

namespace venomous {

std::string to_string(termination_style style) {
  return style == termination_style::brutal ? "brutal" : "polite";
}

} // namespace venomous
