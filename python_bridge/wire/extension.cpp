#include "python_bridge/wire/extension.hpp"

#include <algorithm>
#include <iterator>

namespace venomous::detail {

namespace {

constexpr extension extensions[] = {
  {ext_type::integer, kind::integer, false},
  {ext_type::tuple, kind::tuple, true},
  {ext_type::set, kind::set, true},
  {ext_type::frozenset, kind::frozenset, true},
  {ext_type::complex, kind::complex, false},
  {ext_type::bytearray, kind::bytearray, false},
  {ext_type::range, kind::range, true},
  {ext_type::date, kind::date, false},
  {ext_type::time, kind::time, false},
  {ext_type::datetime, kind::datetime, false},
  {ext_type::timedelta, kind::timedelta, false},
  {ext_type::decimal, kind::decimal, false},
  {ext_type::uuid, kind::uuid, false},
  {ext_type::path, kind::path, false},
  {ext_type::enumeration, kind::enumeration, true},
  {ext_type::named_tuple, kind::named_tuple, true},
  {ext_type::array, kind::array, false},
  {ext_type::attached_array, kind::array, false, true},
  {ext_type::tagged, kind::tagged, true},
  {ext_type::kept, kind::kept, false},
  {ext_type::opaque, kind::opaque, false},
};

} // namespace

const extension* find_extension(int8_t type) noexcept {
  auto same = [type](const extension& x) {
    return static_cast<int8_t>(x.type) == type;
  };
  auto found = std::ranges::find_if(extensions, same);
  return found == std::end(extensions) ? nullptr : &*found;
}

const extension& extension_of(kind type) noexcept {
  return *std::ranges::find(extensions, type, &extension::kind);
}

} // namespace venomous::detail
