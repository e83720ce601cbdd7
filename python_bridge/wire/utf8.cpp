#include "python_bridge/wire/utf8.hpp"

#include <cstddef>

namespace venomous {

namespace {

bool is_character(uint32_t x) {
  return x < 0x110000 && (x < 0xd800 || x > 0xdfff);
}

/// Returns the number of bytes that follow the first one, or an impossible
/// number.
size_t bytes_behind(uint8_t first) {
  return first < 0x80   ? 0
         : first < 0xc0 ? 4
         : first < 0xe0 ? 1
         : first < 0xf0 ? 2
         : first < 0xf8 ? 3
                        : 4;
}

} // namespace

bool put_utf8(std::string& out, uint32_t character) {
  if (!is_character(character))
    return false;
  if (character < 0x80) {
    out += static_cast<char>(character);
    return true;
  }
  auto behind = character < 0x800 ? 1u : character < 0x10000 ? 2u : 3u;
  auto mark = 0xff00u >> (behind + 1) & 0xffu;
  out += static_cast<char>(mark | character >> 6 * behind);
  while (behind-- > 0)
    out += static_cast<char>(0x80 | (character >> 6 * behind & 0x3f));
  return true;
}

bool is_utf8(std::string_view text) {
  constexpr uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  while (!text.empty()) {
    auto first = static_cast<uint8_t>(text[0]);
    auto behind = bytes_behind(first);
    if (behind > 3 || text.size() <= behind)
      return false;
    uint32_t character = behind == 0 ? first : first & 0x3fu >> behind;
    for (auto c : text.substr(1, behind)) {
      if ((c & 0xc0) != 0x80)
        return false;
      character = character << 6 | (c & 0x3fu);
    }
    if (character < least[behind] || !is_character(character))
      return false;
    text.remove_prefix(1 + behind);
  }
  return true;
}

} // namespace venomous
