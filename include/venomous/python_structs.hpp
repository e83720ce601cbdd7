#pragma once

#include "venomous/value.hpp"

#include <array>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

/// @file
/// Writes the Python side of structs: a dataclass for each one that has
/// `MSGPACK_DEFINE_MAP`. The CMake function `venomous_python_structs` does that
/// as part of a build.

namespace venomous {

/// The module that is being written.
class python_module {
public:
  /// Adds the class of `T`, after those that it needs, unless it is there.
  /// @returns its name, which is that of the struct without its namespace:
  ///          `order_item` becomes `OrderItem`.
  /// @throws std::invalid_argument if Python does not permit the name of the
  ///         struct or of a field, or if another struct has the same.
  template <detail::mapped_struct T>
  std::string add();

  /// Adds a line to those at the beginning of the module, once.
  void add_import(const std::string& line) {
    imports_.insert(line);
  }

  /// Returns the text of the module.
  std::string text() const;

private:
  using fields = std::vector<std::pair<std::string, std::string>>;

  /// Returns whether the class is new.
  bool begin(const std::string& name, const std::type_info& type);

  void end(const std::string& name, const fields& xs);

  std::set<std::string> imports_;
  /// By name the C++ type that a class stands for.
  std::map<std::string, std::string> known_;
  std::string classes_;
};

namespace detail {

/// Returns how the class of a struct is called.
std::string python_name(const std::type_info& type);

} // namespace detail

// -- annotations --------------------------------------------------------------

/// How Python spells a type: `annotation(module)` returns it, and has the
/// module import what it needs. Specialize it for types with a codec of your
/// own.
template <class T>
struct python_type;

namespace detail {

template <class T>
std::string annotation_of(python_module& to) {
  return python_type<T>::annotation(to);
}

/// Returns `generic[T, U]`.
template <class... Ts>
std::string generic_of(python_module& to, const std::string& generic) {
  std::string parts;
  ((parts += (parts.empty() ? "" : ", ") + annotation_of<Ts>(to)), ...);
  return generic + '[' + (parts.empty() ? "()" : parts) + ']';
}

/// For types that Python has without an import.
template <class T>
struct builtin_type {
  static std::string annotation(python_module&) {
    return codec<T>::name();
  }
};

template <class T>
struct list_type {
  static std::string annotation(python_module& to) {
    return generic_of<T>(to, "list");
  }
};

template <class K, class T>
struct dict_type {
  static std::string annotation(python_module& to) {
    return generic_of<K, T>(to, "dict");
  }
};

template <class... Ts>
struct tuple_type {
  static std::string annotation(python_module& to) {
    return generic_of<Ts...>(to, "tuple");
  }
};

/// Types that have one name, which is a builtin one.
template <class T>
concept basic_type = std::is_arithmetic_v<T> || std::same_as<
  T, std::nullptr_t> || std::same_as<T, std::monostate> || std::
  same_as<T, std::string> || std::same_as<T, big_integer> || std::same_as<
    T, std::vector<std::byte>> || std::same_as<T, std::vector<unsigned char>>;

} // namespace detail

template <detail::basic_type T>
struct python_type<T> : detail::builtin_type<T> {};

template <detail::mapped_struct T>
struct python_type<T> {
  static std::string annotation(python_module& to) {
    return to.add<T>();
  }
};

template <>
struct python_type<value> {
  static std::string annotation(python_module& to) {
    to.add_import("from typing import Any");
    return "Any";
  }
};

template <class T, class A>
requires(
  !detail::basic_type<std::vector<T, A>>) struct python_type<std::vector<T, A>>
  : detail::list_type<T> {
};

template <class T, class A>
struct python_type<std::list<T, A>> : detail::list_type<T> {};

template <class T, class A>
struct python_type<std::deque<T, A>> : detail::list_type<T> {};

template <class T, size_t N>
struct python_type<std::array<T, N>> : detail::list_type<T> {};

template <class K, class T, class C, class A>
struct python_type<std::map<K, T, C, A>> : detail::dict_type<K, T> {};

template <class K, class T, class H, class E, class A>
struct python_type<std::unordered_map<K, T, H, E, A>>
  : detail::dict_type<K, T> {};

template <class... Ts>
struct python_type<std::tuple<Ts...>> : detail::tuple_type<Ts...> {};

template <class T, class U>
struct python_type<std::pair<T, U>> : detail::tuple_type<T, U> {};

template <class T>
struct python_type<std::optional<T>> {
  static std::string annotation(python_module& to) {
    to.add_import("from typing import Optional");
    return detail::generic_of<T>(to, "Optional");
  }
};

template <class... Ts>
struct python_type<std::variant<Ts...>> {
  static std::string annotation(python_module& to) {
    to.add_import("from typing import Union");
    return detail::generic_of<Ts...>(to, "Union");
  }
};

// -- modules ------------------------------------------------------------------

template <detail::mapped_struct T>
std::string python_module::add() {
  auto name = detail::python_name(typeid(T));
  if (!begin(name, typeid(T)))
    return name;
  fields found;
  detail::for_each_field(T{}, [&]<class U>(std::string_view field, const U&) {
    found.emplace_back(field, detail::annotation_of<U>(*this));
  });
  end(name, found);
  return name;
}

/// Returns a Python module with a dataclass for each of `Ts` and for each
/// struct in them.
/// @throws std::invalid_argument, see `python_module::add`.
template <detail::mapped_struct... Ts>
std::string python_dataclasses() {
  python_module result;
  (result.add<Ts>(), ...);
  return result.text();
}

} // namespace venomous
