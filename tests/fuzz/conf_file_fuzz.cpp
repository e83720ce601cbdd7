/// @file
/// The file with the options: any text is settings, or an error that names its
/// line.

#include "tests/fuzz/fuzz.hpp"

#include "config/conf_file.hpp"
#include "venomous/error.hpp"

using namespace venomous;
using namespace venomous::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto text = std::string{reinterpret_cast<const char*>(data), size};
  auto settings = parse_conf(text, "fuzz.conf");
  if (!settings) {
    require(code_of(settings.error()) == errc::bad_options,
            "a file is refused as bad options");
    require(describe(settings.error()).find("fuzz.conf:") != std::string::npos,
            "an error names its line");
    return 0;
  }
  for (auto& x : *settings) {
    require(is_key(x.name), "a setting has a key");
    require(x.place.starts_with("fuzz.conf:"), "a setting knows its line");
  }
  return 0;
}
