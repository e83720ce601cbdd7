#pragma once

// Releases 2 and 3 of Catch2 differ in their headers, and in what they call the
// matcher of texts.
#if __has_include(<catch2/catch_all.hpp>)
#  include <catch2/catch_all.hpp>
#else
#  include <catch2/catch.hpp>

#  include <string>

namespace Catch::Matchers {

inline auto ContainsSubstring(const std::string& text) {
  return Contains(text);
}

} // namespace Catch::Matchers
#endif
