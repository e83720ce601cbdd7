#pragma once

#include <venomous/value.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// @file
/// Structs and fields whose names mean something else in Python.

namespace odd {

struct optional {
  std::optional<int> value;

  bool operator==(const optional&) const = default;

  MSGPACK_DEFINE_MAP(value)
};

struct any {
  venomous::value value;
  odd::optional optional;

  bool operator==(const any&) const = default;

  MSGPACK_DEFINE_MAP(value, optional)
};

struct none {
  bool is_there = false;

  bool operator==(const none&) const = default;

  MSGPACK_DEFINE_MAP(is_there)
};

/// Each field hides what the annotation of another one, or its own, needs.
struct hiding {
  std::vector<int> list;
  std::optional<int> number;
  std::map<std::string, std::vector<double>> dict;
  std::optional<std::string> text;
  std::chrono::sys_time<std::chrono::seconds> datetime;
  std::chrono::seconds timedelta{0};
  std::set<bool> set;
  any typing;
  none None_;
  std::optional<int> _builtins;
  double dataclass = 0;
  std::vector<hiding> Hiding;
  bool match = false;

  bool operator==(const hiding&) const = default;

  MSGPACK_DEFINE_MAP(list, MSGPACK_NVP("int", number), dict,
                     MSGPACK_NVP("str", text), datetime, timedelta, set, typing,
                     None_, _builtins, dataclass, Hiding, match)
};

struct date : hiding {
  std::optional<std::string> bool_;
  bool flag = false;

  bool operator==(const date&) const = default;

  MSGPACK_DEFINE_MAP(MSGPACK_BASE_MAP(hiding), MSGPACK_NVP("bool", bool_), flag)
};

} // namespace odd
