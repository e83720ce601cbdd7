#pragma once

#include <caf/all.hpp>

#include <optional>
#include <string>

/// @file
/// Differences between CAF 0.17.6, which Debian and Ubuntu ship, and later
/// releases, as far as they can be spelled once.

// Not CAF_VERSION: 1.1.0 defines it as 0100, an octal number.
#if CAF_MAJOR_VERSION == 0 && CAF_MINOR_VERSION < 18
#  define VENOMOUS_CAF_017 1
#else
#  error "venomous needs CAF 0.17.6: later versions are not supported yet"
#endif

namespace venomous::compat {

// -- typed interfaces ---------------------------------------------------------

template <class Signature>
struct signature;

template <class R, class... Args>
struct signature<R(Args...)> {
  using type = typename caf::replies_to<Args...>::template with<R>;
};

template <class... Args>
struct signature<void(Args...)> {
  using type = caf::reacts_to<Args...>;
};

/// A statically typed handle, written as function types on every version.
template <class... Signatures>
using typed_actor = caf::typed_actor<typename signature<Signatures>::type...>;

// -- systems ------------------------------------------------------------------

/// Returns an actor that ends when `system` begins to end and all actors that
/// it waits for have ended.
inline caf::actor_addr last_actor_of(caf::actor_system& system) {
  return caf::actor_cast<caf::actor_addr>(system.spawn_serv());
}

// -- errors -------------------------------------------------------------------

/// Returns `err` as a value of `Enum`, or nothing if it is of another category.
template <class Enum>
std::optional<Enum> error_as(const caf::error& err) {
  if (err && err.category() == caf::detail::error_factory<Enum>::category)
    return static_cast<Enum>(err.code());
  return std::nullopt;
}

/// Returns an element of the context of `err` if it is a `T`.
template <class T, size_t Index = 0>
const T* error_context(const caf::error& err) {
  if (!err)
    return nullptr;
  auto& context = err.context();
  if (context.size() <= Index || !context.match_element<T>(Index))
    return nullptr;
  return &context.get_as<T>(Index);
}

/// Renders an error that is not one of this library's own.
inline std::string render(const caf::error& err) {
  return caf::actor_system_config::render(err);
}

} // namespace venomous::compat
