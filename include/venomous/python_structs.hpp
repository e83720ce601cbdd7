#pragma once

#include "venomous/kept.hpp"
#include "venomous/ndarray.hpp"
#include "venomous/opaque.hpp"
#include "venomous/value.hpp"

#include <array>
#include <chrono>
#include <complex>
#include <deque>
#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

/// @file
/// Writes the Python side of structs: a dataclass for each one with
/// `MSGPACK_DEFINE_MAP`. The CMake function `venomous_python_structs` does so
/// as part of a build.

namespace venomous {

/// The module that is being written.
class python_module {
public:
  /// Adds the class of `T`, and those that it needs, unless it exists. Its
  /// bases are the classes of the bases that MSGPACK_BASE_MAP names.
  /// @returns its name, that of the struct without its namespace: `order_item`
  ///          becomes `OrderItem`.
  /// @throws std::invalid_argument if Python does not permit the name of the
  ///         struct or of a field, or if another struct has the same.
  template <detail::mapped_struct T>
  std::string add();

  /// Adds a line to those at the beginning of the module, once.
  /// @throws std::invalid_argument if it imports a name that already stands for
  ///         something else.
  void add_import(const std::string& line);

  /// Makes the module import `module`.
  /// @returns how the module spells `name` from there: "decimal.Decimal".
  std::string name_in(const std::string& module, std::string_view name);

  /// Returns the text of the module.
  std::string text() const;

private:
  struct field {
    std::string name;
    std::string annotation;
    bool may_be_missing;
  };

  struct record {
    std::string name;
    std::vector<std::string> bases;
    std::vector<field> fields;
  };

  /// Returns whether the class is new.
  bool begin(const std::string& name, const std::type_info& type);

  void end(record x);

  /// Makes `name` stand for `meaning` in the module.
  void define(const std::string& name, const std::string& meaning);

  std::set<std::string> imports_;
  /// The meaning of each name.
  std::map<std::string, std::string> known_;
  std::vector<record> records_;

  friend class module_writer;
};

namespace detail {

/// Returns the name of a struct's class.
std::string python_name(const std::type_info& type);

} // namespace detail

// -- annotations --------------------------------------------------------------

/// Python's spelling of a type: `annotation(module)` returns it, and makes the
/// module import what it needs. Specialize it for types with a codec of your
/// own.
template <class T>
struct python_type;

namespace detail {

template <class T>
std::string annotation_of(python_module& to) {
  return python_type<T>::annotation(to);
}

/// Returns `T | U`, with each type once.
std::string union_of(const std::vector<std::string>& types);

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

template <class T>
struct set_type {
  static std::string annotation(python_module& to) {
    return generic_of<T>(to, "set");
  }
};

/// For types that may be anything.
struct any_type {
  static std::string annotation(python_module& to) {
    return to.name_in("typing", "Any");
  }
};

struct datetime_type {
  static std::string annotation(python_module& to) {
    return to.name_in("datetime", "datetime");
  }
};

/// Types with a single, builtin name.
template <class T>
concept basic_type = std::is_arithmetic_v<T> || one_of<
  T, std::nullptr_t, std::monostate, std::string, big_integer,
  std::complex<float>, std::complex<double>, range, bytearray,
  std::vector<std::byte>, std::vector<unsigned char>>;

} // namespace detail

template <detail::basic_type T>
struct python_type<T> : detail::builtin_type<T> {};

template <detail::mapped_struct T>
struct python_type<T> {
  static std::string annotation(python_module& to) {
    return to.add<T>();
  }
};

template <size_t N>
struct python_type<char[N]> : detail::builtin_type<char[N]> {};

template <>
struct python_type<value> : detail::any_type {};

template <>
struct python_type<opaque> : detail::any_type {};

template <>
struct python_type<kept> : detail::any_type {};

/// The Enum that `enum_class` names, otherwise int.
template <class T>
requires(
  std::is_enum_v<T> && !std::same_as<T, std::byte>) struct python_type<T> {
  static std::string annotation(python_module& to) {
    constexpr auto name = enum_class<T>;
    if constexpr (name.empty())
      return codec<T>::name();
    else
      return to.name_in(std::string{name.substr(0, name.find(':'))},
                        name.substr(name.find(':') + 1));
  }
};

template <>
struct python_type<decimal> {
  static std::string annotation(python_module& to) {
    return to.name_in("decimal", "Decimal");
  }
};

template <>
struct python_type<uuid> {
  static std::string annotation(python_module& to) {
    return to.name_in("uuid", "UUID");
  }
};

template <>
struct python_type<std::filesystem::path> {
  static std::string annotation(python_module& to) {
    return to.name_in("pathlib", "Path");
  }
};

template <>
struct python_type<ndarray> {
  static std::string annotation(python_module& to) {
    return to.name_in("numpy.typing", "NDArray") + '['
           + to.name_in("typing", "Any") + ']';
  }
};

template <detail::tick_count Rep, class Period>
struct python_type<std::chrono::duration<Rep, Period>> {
  static std::string annotation(python_module& to) {
    return to.name_in("datetime", "timedelta");
  }
};

template <class Duration>
struct python_type<std::chrono::sys_time<Duration>> : detail::datetime_type {};

template <class Duration>
struct python_type<std::chrono::local_time<Duration>> : detail::datetime_type {
};

template <>
struct python_type<datetime> : detail::datetime_type {};

template <>
struct python_type<time_of_day> {
  static std::string annotation(python_module& to) {
    return to.name_in("datetime", "time");
  }
};

template <>
struct python_type<std::chrono::year_month_day> {
  static std::string annotation(python_module& to) {
    return to.name_in("datetime", "date");
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

template <class T, class C, class A>
struct python_type<std::set<T, C, A>> : detail::set_type<T> {};

template <class T, class H, class E, class A>
struct python_type<std::unordered_set<T, H, E, A>> : detail::set_type<T> {};

template <class Set>
struct python_type<frozen<Set>> {
  static std::string annotation(python_module& to) {
    return detail::generic_of<typename Set::key_type>(to, "frozenset");
  }
};

template <class T>
struct python_type<std::optional<T>> {
  static std::string annotation(python_module& to) {
    return detail::union_of({detail::annotation_of<T>(to), "None"});
  }
};

template <class... Ts>
struct python_type<std::variant<Ts...>> {
  static std::string annotation(python_module& to) {
    return detail::union_of({detail::annotation_of<Ts>(to)...});
  }
};

// -- modules ------------------------------------------------------------------

template <detail::mapped_struct T>
std::string python_module::add() {
  auto name = detail::python_name(typeid(T));
  if (!begin(name, typeid(T)))
    return name;
  record made{name, {}, {}};
  detail::for_each_part(
    T{}, [&]<class Base>(const Base&) { made.bases.push_back(add<Base>()); },
    [&]<class U>(std::string_view field, const U&) {
      made.fields.push_back({std::string{field},
                             detail::annotation_of<U>(*this),
                             detail::is_optional<U> && detail::may_lack<T, U>});
    });
  end(std::move(made));
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
