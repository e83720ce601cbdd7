#include "venomous/codec/tagged.hpp"

namespace venomous::detail {

bool next_tag(decoder& in, item& head, std::string_view tag) {
  auto expected = std::string{tag};
  if (!in.next(head, kind::tagged, expected))
    return false;
  if (head.count != 2)
    return in.malformed("a tagged value that is not a tag with a value");
  item found;
  if (!in.peek(found))
    return false;
  if (found.kind != kind::string)
    return in.malformed("a tag that is not a str");
  return found.payload == tag
         || in.mismatch(expected, std::string{found.payload.substr(0, 64)});
}

} // namespace venomous::detail
