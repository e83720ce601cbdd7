#include "venomous/codec/container.hpp"
#include "venomous/codec/set.hpp"

namespace venomous::detail {

bool next_sequence(decoder& in, item& head, std::string_view expected) {
  if (!in.next(head))
    return false;
  std::string_view names;
  if (head.kind == kind::named_tuple)
    return in.next_fields(head, names);
  return head.kind == kind::list || head.kind == kind::tuple
         || in.mismatch(expected, head);
}

bool next_sequence(decoder& in, item& head, std::string_view expected,
                   size_t size) {
  if (!next_sequence(in, head, expected))
    return false;
  if (head.count == size)
    return true;
  return in.mismatch(std::string{expected} + " of " + std::to_string(size),
                     std::string{to_string(head.kind)} + " of "
                       + std::to_string(head.count));
}

bool next_set(decoder& in, item& head) {
  return in.next(head)
         && (head.kind == kind::set || head.kind == kind::frozenset
             || in.mismatch("set", head));
}

} // namespace venomous::detail
