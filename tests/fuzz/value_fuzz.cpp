/// @file
/// What Python returned, as the host reads it: as many a type, and as text.
/// What could be read is sent and read again without a change.

#include "tests/fuzz/fuzz.hpp"

#include "venomous/masked_array.hpp"
#include "venomous/value.hpp"

#include <array>
#include <chrono>
#include <complex>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

using namespace venomous;
using namespace venomous::fuzz;

namespace {

struct entry {
  std::string name;
  double price = 0;
  std::optional<int16_t> stock;
  std::vector<std::string> tags;

  MSGPACK_DEFINE_MAP(name, price, stock, tags)
};

struct order {
  uint32_t number = 0;
  std::vector<entry> items;
  std::map<std::string, value> rest;

  MSGPACK_DEFINE_MAP(number, items, rest)
};

struct rush_order : order {
  char reason[8] = {};

  MSGPACK_DEFINE_MAP(MSGPACK_BASE_MAP(order), reason)
};

/// Returns nothing for a time that Python does not have.
template <class T>
std::optional<value> to_python(const T& x) {
  try {
    return value{x};
  } catch (const std::out_of_range&) {
    return std::nullopt;
  }
}

template <class T>
void read(const value& x) {
  auto result = x.as<T>();
  auto sent = result ? to_python(*result) : std::nullopt;
  if (!sent)
    return;
  auto again = sent->template as<T>();
  require(again, "what was sent can be read");
  require(value{*again} == *sent, "what was sent is read as it was");
}

template <class... Ts>
void read_as(const value& x) {
  (read<Ts>(x), ...);
}

using number_or_text = std::variant<int64_t, double, std::string>;

using many = std::variant<std::vector<number_or_text>,
                          std::map<std::string, number_or_text>,
                          std::tuple<number_or_text, number_or_text>>;

void read_number(const uint8_t* data, size_t size) {
  // To render a number takes as long as the square of its size.
  if (size > 1024)
    return;
  auto number =
    big_integer::from_bytes({reinterpret_cast<const char*>(data), size});
  auto parsed = big_integer::parse(to_string(number));
  require(parsed && *parsed == number, "a number is what it is rendered as");
  if (auto bits = number.bits64())
    require(number.negative()
              ? big_integer{static_cast<int64_t>(*bits)} == number
              : big_integer{*bits} == number,
            "64 bits tell it all");
  number.exact_double();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto x = value::from_bytes({reinterpret_cast<const char*>(data), size});
  read_as<bool, int8_t, uint8_t, int32_t, int64_t, uint64_t, float, double>(x);
  read_as<std::string, std::vector<std::byte>, std::vector<unsigned char>>(x);
  read_as<std::monostate, std::optional<bool>, big_integer, value>(x);
  read_as<std::vector<int>, std::vector<std::vector<std::string>>>(x);
  read_as<std::list<value>, std::deque<bool>, std::array<double, 3>>(x);
  read_as<std::tuple<>, std::tuple<int, std::string, value>>(x);
  read_as<std::pair<value, std::vector<value>>>(x);
  read_as<std::map<std::string, value>>(x);
  // Comes in another order after another way.
  static_cast<void>(x.as<std::unordered_map<int, float>>());
  read_as<std::map<std::tuple<int, std::string>, std::vector<double>>>(x);
  read_as<std::map<std::pair<double, int>, int>, std::set<double>>(x);
  static_cast<void>(x.as<std::unordered_set<double>>());
  read_as<std::complex<double>, std::vector<double>, std::vector<bool>>(x);
  read_as<std::chrono::system_clock::time_point, std::chrono::minutes>(x);
  read_as<std::chrono::duration<double>, std::chrono::year_month_day>(x);
  read_as<std::chrono::duration<int64_t, std::ratio<1, 60>>, datetime>(x);
  read_as<std::vector<std::chrono::local_time<std::chrono::seconds>>>(x);
  read_as<number_or_text, many, std::vector<many>>(x);
  read_as<entry, order, rush_order>(x);
  read_as<masked_array, std::map<std::string, masked_array>>(x);
  auto text = to_string(x);
  require(text.size() <= 1'003, "a text has its limit");
  read_number(data, size);
  return 0;
}
