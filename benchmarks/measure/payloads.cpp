// Large arguments and results: a function that returns its argument.

#include "copies.hpp"
#include "measurement.hpp"
#include "running_pool.hpp"
#include "timing.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace measure {

namespace {

/// A small dict.
struct record {
  int64_t id;
  std::string name;
  double price;
  MSGPACK_DEFINE_MAP(id, name, price)
};

struct values {
  std::vector<int64_t> ints;
  std::vector<double> floats;
  std::vector<record> dicts;

  explicit values(const parameters& params) {
    auto n = static_cast<int64_t>(params.elements);
    for (int64_t i = 0; i < n; ++i) {
      ints.push_back(i * 1'000);
      floats.push_back(static_cast<double>(i) * 0.1);
      if (i % 10 == 0)
        dicts.push_back({i, "item " + std::to_string(i), 0.25 * double(i)});
    }
  }
};

/// A record of ten fields.
struct wide_record {
  int64_t id;
  std::string name;
  double price;
  int64_t count;
  double weight;
  std::string color;
  bool is_new;
  int64_t shelf;
  std::string maker;
  double rating;
  MSGPACK_DEFINE_MAP(id, name, price, count, weight, color, is_new, shelf,
                     maker, rating)
};

/// Fewer of the longer ones: a megabyte in all for each sample.
size_t samples_for_size(const parameters& params, size_t size) {
  return std::clamp<size_t>((params.samples << 20) / size, 1, params.samples);
}

// -- floor --------------------------------------------------------------------

figures floor_bytes(const parameters& params) {
  return for_each_size(params, "bytes", [&](size_t size) {
    return times_of_copy(samples_for_size(params, size), size);
  });
}

figures floor_values(const parameters& params) {
  values all{params};
  auto copy = [&](const venomous::value& x) {
    return times_of_copy(params.samples, x.bytes().size());
  };
  return {{"ints", copy(all.ints)},
          {"floats", copy(all.floats)},
          {"dicts", copy(all.dicts)}};
}

// -- library ------------------------------------------------------------------

/// Measures the time from the C++ value to the C++ value that comes back.
template <class T, class Argument>
std::vector<double> times_of_identity(running_pool& p, size_t samples,
                                      const Argument& argument) {
  auto call = [&] {
    auto result = p.call<T>({functions, "identity", argument});
    if (result.size() != argument.size())
      throw std::runtime_error("something else came back");
  };
  times_of(1, 0, call);
  return times_of(samples, 0, call);
}

figures library_bytes(const parameters& params) {
  running_pool p{params, 1};
  return for_each_size(params, "bytes", [&](size_t size) {
    std::vector<std::byte> payload(size, std::byte{1});
    return times_of_identity<std::vector<std::byte>>(
      p, samples_for_size(params, size), std::span<const std::byte>{payload});
  });
}

figures library_values(const parameters& params) {
  running_pool p{params, 1};
  values all{params};
  auto times = [&]<class T>(const T& x) {
    return times_of_identity<T>(p, params.samples, x);
  };
  return {{"ints", times(all.ints)},
          {"floats", times(all.floats)},
          {"dicts", times(all.dicts)}};
}

/// Measures, in turn, records that become dataclasses and the same records as
/// plain dicts.
figures library_records(const parameters& params) {
  running_pool p{params, 1};
  std::vector<wide_record> all;
  for (int64_t i = 0; i < static_cast<int64_t>(params.elements); ++i)
    all.push_back({i, "item " + std::to_string(i), 0.25 * double(i), i % 7, 1.5,
                   "blue", i % 2 == 0, i % 13, "somebody", 4.5});
  auto time_of = [&](const char* func) {
    auto call = [&] {
      auto result =
        p.call<std::vector<wide_record>>({"bench.records", func, all});
      if (result.size() != all.size())
        throw std::runtime_error("something else came back");
    };
    return times_of(1, 0, call).front();
  };
  figures result;
  time_of("identity_of_dicts");
  time_of("identity_of_records");
  for (size_t i = 0; i < params.samples; ++i) {
    auto dicts = time_of("identity_of_dicts");
    auto records = time_of("identity_of_records");
    result["dicts"].push_back(dicts);
    result["records"].push_back(records);
    result["records_to_dicts"].push_back(records / dicts);
  }
  return result;
}

} // namespace

void add_payloads(registry& all) {
  all["floor bytes"] = floor_bytes;
  all["library bytes"] = library_bytes;
  all["floor values"] = floor_values;
  all["library values"] = library_values;
  all["library records"] = library_records;
}

} // namespace measure
