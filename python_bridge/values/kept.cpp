#include "venomous/kept.hpp"

namespace venomous {

snake_id kept::snake() const noexcept {
  return *this ? encoded_.kept()[0]->home()->snake() : 0;
}

std::string kept::type() const {
  decoder in{encoded_.bytes()};
  detail::item x;
  if (!in.next(x, detail::kind::kept, "kept object"))
    return {};
  return std::string{detail::kept_payload{x.payload}.type};
}

bool operator==(const kept& x, const kept& y) noexcept {
  if (!x || !y)
    return !x && !y;
  return x.encoded_.kept()[0] == y.encoded_.kept()[0];
}

bool codec<kept>::decode(decoder& in, kept& result) {
  auto start = in.position();
  detail::item x;
  if (!next(in, x))
    return false;
  if (x.reference == nullptr)
    return in.fail("a kept object whose reference was lost on its way");
  // Not shared: the rest of the result need not live as long.
  result.encoded_ =
    value::from_bytes({start, in.position()}, {}, {*x.reference});
  return true;
}

} // namespace venomous
