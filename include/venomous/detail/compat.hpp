#pragma once

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/message.hpp>
#include <caf/timespan.hpp>
#include <caf/timestamp.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

// Not CAF_VERSION: 1.1.0 defines it as 0100, an octal number.
#if CAF_MAJOR_VERSION == 0 && CAF_MINOR_VERSION < 18
#  define VENOMOUS_CAF_017 1
#elif CAF_MAJOR_VERSION == 0
#  error "venomous needs CAF 0.17.6 or 1.x"
#else
#  define VENOMOUS_CAF_017 0
#endif

#if VENOMOUS_CAF_017
#  include <caf/actor_system_config.hpp>
#  include <caf/make_message.hpp>
#  include <caf/meta/load_callback.hpp>
#  include <caf/meta/type_name.hpp>
#  define VENOMOUS_ERROR_CODE_ENUM(type, category)                             \
    CAF_ERROR_CODE_ENUM(type, category)
#else
#  define VENOMOUS_ERROR_CODE_ENUM(type, category) CAF_ERROR_CODE_ENUM(type)
#endif

/// @file
/// Differences between CAF 0.17.6, which Debian and Ubuntu ship, and CAF 1.x,
/// as far as public headers meet them. `actors/base/compat.hpp` has the rest.

namespace venomous::compat {

// -- typed interfaces ---------------------------------------------------------

template <class Signature>
struct signature;

#if VENOMOUS_CAF_017

template <class R, class... Args>
struct signature<R(Args...)> {
  using type = typename caf::replies_to<Args...>::template with<R>;
};

template <class... Args>
struct signature<void(Args...)> {
  using type = caf::reacts_to<Args...>;
};

#else

template <class R, class... Args>
struct signature<R(Args...)> {
  using type = caf::result<R>(Args...);
};

#endif

/// A statically typed handle, written as function types on every version.
template <class... Signatures>
using typed_actor = caf::typed_actor<typename signature<Signatures>::type...>;

/// A handle that understands what `Base` does, and `Signatures`.
template <class Base, class... Signatures>
using extended_actor =
  typename Base::template extend<typename signature<Signatures>::type...>;

// -- serialization ------------------------------------------------------------

/// A member of a message, with its name.
template <class T>
struct named_field {
  const char* name;
  T& content;
};

template <class T>
named_field<T> field(const char* name, T& content) {
  return {name, content};
}

#if VENOMOUS_CAF_017

template <class Inspector>
using inspect_result = typename Inspector::result_type;

template <class Inspector>
inline constexpr bool is_saving = Inspector::reads_state;

/// Inspects an object whose members are `fields`.
/// @param type Its name.
template <class Inspector, class Object, class... Ts>
inspect_result<Inspector> inspect_fields(Inspector& f, Object&,
                                         const char* type,
                                         named_field<Ts>... fields) {
  return f(caf::meta::type_name(type), fields.content...);
}

/// Does the same, and calls `load` once they have been read.
/// @param load Returns a `caf::error`.
template <class Inspector, class Object, class Load, class... Ts>
inspect_result<Inspector> inspect_fields_then(Inspector& f, Object&,
                                              const char* type, Load load,
                                              named_field<Ts>... fields) {
  return f(caf::meta::type_name(type), fields.content...,
           caf::meta::load_callback(load));
}

#else

template <class>
using inspect_result = bool;

template <class Inspector>
inline constexpr bool is_saving = !Inspector::is_loading;

/// Inspects an object whose members are `fields`.
/// @param type Its name.
template <class Inspector, class Object, class... Ts>
bool inspect_fields(Inspector& f, Object& x, const char* type,
                    named_field<Ts>... fields) {
  return f.object(x).pretty_name(type).fields(
    f.field(fields.name, fields.content)...);
}

/// Does the same, and calls `load` once they have been read.
/// @param load Returns a `caf::error`.
template <class Inspector, class Object, class Load, class... Ts>
bool inspect_fields_then(Inspector& f, Object& x, const char* type, Load load,
                         named_field<Ts>... fields) {
  return f.object(x).pretty_name(type).on_load(load).fields(
    f.field(fields.name, fields.content)...);
}

#endif

// -- messages -----------------------------------------------------------------

/// Sends a message.
template <class Self, class Handle, class... Ts>
void send(Self& self, const Handle& receiver, Ts&&... xs) {
#if VENOMOUS_CAF_017
  self.send(receiver, std::forward<Ts>(xs)...);
#else
  self.mail(std::forward<Ts>(xs)...).send(receiver);
#endif
}

/// Sends a request.
/// @returns what CAF's `request` does, to go on with `then` or `receive`.
template <class Self, class Handle, class Timeout, class... Ts>
auto request(Self& self, const Handle& receiver, Timeout timeout, Ts&&... xs) {
#if VENOMOUS_CAF_017
  return self.request(receiver, timeout, std::forward<Ts>(xs)...);
#else
  return self.mail(std::forward<Ts>(xs)...).request(receiver, timeout);
#endif
}

// -- errors -------------------------------------------------------------------

/// Returns `err` as a value of `Enum`, or nothing if it is of another category.
template <class Enum>
std::optional<Enum> error_as(const caf::error& err) {
#if VENOMOUS_CAF_017
  constexpr auto category = caf::detail::error_factory<Enum>::category;
#else
  constexpr auto category = caf::type_id_v<Enum>;
#endif
  if (err && err.category() == category)
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
#if VENOMOUS_CAF_017
  return caf::actor_system_config::render(err);
#else
  return to_string(err);
#endif
}

} // namespace venomous::compat
