#pragma once

#include <venomous/ndarray.hpp>
#include <venomous/value.hpp>

#include <array>
#include <chrono>
#include <complex>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

/// @file
/// A struct with a field of each type that Python has a twin of.

namespace shop {

enum class color : uint8_t { red = 1 };

enum class grade : int { good = 2 };

} // namespace shop

template <>
inline constexpr std::string_view venomous::enum_class<shop::color> =
  "colors:Color";

namespace shop {

struct label {
  std::string text;

  bool operator==(const label&) const = default;

  MSGPACK_DEFINE_MAP(text)
};

struct all_types {
  using set_of_text = std::set<std::string>;
  using text_or_nothing = std::variant<std::monostate, std::string>;

  bool flag = true;
  int8_t small = -1;
  uint64_t large = UINT64_MAX;
  venomous::big_integer huge = 7;
  double number = 0.5;
  float single = 0.5;
  std::complex<double> wave{0, 1};
  venomous::decimal price;
  std::string text = "a";
  char code[4] = {'a', 'b'};
  venomous::bytes data{std::byte{1}};
  std::vector<unsigned char> octets{2};
  venomous::bytearray buffer;
  venomous::uuid id;
  std::filesystem::path path = "/a";
  shop::color color = shop::color::red;
  shop::grade grade = shop::grade::good;
  std::vector<int> numbers{1};
  std::list<int> linked{1};
  std::deque<int> queue{1};
  std::array<int, 2> both{1, 2};
  std::tuple<int, std::string> tuple{1, "a"};
  std::tuple<> nothing;
  std::pair<int, label> pair;
  std::map<std::string, label> by_name{{"a", {}}};
  std::unordered_map<int, int> by_number{{1, 2}};
  std::set<int> set{1};
  std::unordered_set<int> hashed{1};
  venomous::frozen<std::set<int>> frozen{std::set{1}};
  std::map<venomous::frozen<set_of_text>, int> by_set{
    {venomous::frozen{set_of_text{"a"}}, 1}};
  venomous::range range{1, 2, 1};
  std::optional<label> maybe;
  std::optional<std::optional<int>> twice;
  text_or_nothing choice = "a";
  std::variant<int8_t, int64_t, label> several = label{};
  std::chrono::year_month_day date{std::chrono::year{2020}
                                   / std::chrono::February / 29};
  venomous::time_of_day time;
  std::chrono::sys_time<std::chrono::seconds> aware{};
  std::chrono::local_time<std::chrono::nanoseconds> naive{};
  std::chrono::system_clock::time_point now{};
  venomous::datetime zoned;
  std::chrono::milliseconds length{1};
  std::chrono::duration<double> precise{0.5};
  venomous::ndarray array = venomous::ndarray::zeros(venomous::dtype{}, {2, 2});
  std::optional<venomous::ndarray> second;
  venomous::value anything = 1;

  MSGPACK_DEFINE_MAP(flag, small, large, huge, number, single, wave, price,
                     text, code, data, octets, buffer, id, path, color, grade,
                     numbers, linked, queue, both, tuple, nothing, pair,
                     by_name, by_number, set, hashed, frozen, by_set, range,
                     maybe, twice, choice, several, date, time, aware, naive,
                     now, zoned, length, precise, array, second, anything)
};

} // namespace shop
