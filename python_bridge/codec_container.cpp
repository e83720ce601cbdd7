#include "venomous/codec_container.hpp"

namespace venomous::detail {

bool next_sequence(decoder& in, item& head, std::string_view expected) {
  return in.next(head)
         && (head.kind == kind::list || head.kind == kind::tuple
             || in.mismatch(expected, head));
}

bool next_sequence(decoder& in, item& head, std::string_view expected,
                   size_t size) {
  if (!next_sequence(in, head, expected))
    return false;
  if (head.count == size)
    return true;
  return in.fail("expected " + std::string{expected} + " of "
                 + std::to_string(size) + ", got " + to_string(head.kind)
                 + " of " + std::to_string(head.count));
}

} // namespace venomous::detail
