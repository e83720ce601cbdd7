// Arrays of float64: the time above the computation, which Python measures.

#include "copies.hpp"
#include "measurement.hpp"
#include "running_pool.hpp"
#include "timing.hpp"

#include "venomous/ndarray.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace measure {

namespace {

using venomous::ndarray;

std::vector<double> ones(size_t size) {
  return std::vector<double>(size / sizeof(double), 1.0);
}

/// Fewer of the longer ones.
size_t samples_for(const parameters& params, size_t size) {
  return std::clamp<size_t>((params.samples << 23) / size, 3, params.samples);
}

void require(bool condition) {
  if (!condition)
    throw std::runtime_error("something else came back");
}

/// Measures the time of `call()` above the computation of Python in it.
template <class F>
std::vector<double> times_above(running_pool& p, size_t samples, F call) {
  std::vector<double> result;
  call();
  while (result.size() < samples) {
    auto time = time_of(call);
    result.push_back(time - p.call<double>({functions, "computed_for"}));
  }
  return result;
}

// -- memory of C++ on both sides ----------------------------------------------

figures floor_doubled(const parameters& params) {
  return for_each_size(params, "doubled", [&](size_t size) {
    return times_of_copy(samples_for(params, size), size);
  });
}

figures library_doubled(const parameters& params) {
  running_pool p{params, 1};
  return for_each_size(params, "doubled", [&](size_t size) {
    auto array = ndarray::take(ones(size));
    auto back = ones(size);
    auto call = [&] {
      auto doubled = p.call<ndarray>({functions, "doubled", array});
      std::ranges::copy(get(doubled.span<double>()), back.begin());
      require(back.back() == 2.0);
    };
    return times_above(p, samples_for(params, size), call);
  });
}

// -- memory that is shared ----------------------------------------------------

figures library_in_place(const parameters& params) {
  running_pool p{params, 1};
  return for_each_size(params, "in_place", [&](size_t size) {
    auto elements = size / sizeof(double);
    auto from = get(p.pool.arena().allocate<double>({elements}));
    auto to = get(p.pool.arena().allocate<double>({elements}));
    std::ranges::fill(get(from.mutable_span<double>()), 1.0);
    auto call = [&] {
      p.call({functions, "double_into", from, to});
      require(get(to.span<double>()).back() == 2.0);
    };
    return times_above(p, samples_for(params, size), call);
  });
}

// -- next to bytes ------------------------------------------------------------

figures library_next_to_bytes(const parameters& params) {
  running_pool p{params, 1};
  return for_each_size(params, "next_to_bytes", [&](size_t size) {
    std::vector<std::byte> payload(size, std::byte{1});
    auto array = ndarray::take(ones(size));
    auto send_bytes = [&] {
      p.call<venomous::bytes>(
        {functions, "identity", std::span<const std::byte>{payload}});
    };
    auto send_array = [&] {
      p.call<ndarray>({functions, "identity", array});
    };
    send_bytes();
    send_array();
    std::vector<double> ratios;
    while (ratios.size() < params.samples) {
      auto bytes = time_of(send_bytes);
      ratios.push_back(time_of(send_array) / bytes);
    }
    return ratios;
  });
}

} // namespace

void add_arrays(registry& all) {
  all["floor doubled"] = floor_doubled;
  all["library doubled"] = library_doubled;
  all["library in_place"] = library_in_place;
  all["library next_to_bytes"] = library_next_to_bytes;
}

} // namespace measure
