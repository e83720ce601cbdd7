// Reads digits of a dot matrix, for many actors at the same time. The model, in
// inference.py, is trained once, before any snake is forked, so that each of
// them has it from its first moment.

#include "../failure.hpp"
#include "../parse_arguments.hpp"
#include "client.hpp"

#include <caf/all.hpp>
#include <venomous/venomous.hpp>

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <set>
#include <vector>

namespace {

using seconds = std::chrono::duration<double>;

// -- options ------------------------------------------------------------------

class inference_config : public venomous::config {
public:
  size_t clients = 32;

  size_t requests = 100;

  uint64_t seed = 1;

  inference_config() {
    pool.max_children = 2;
  }

  caf::error parse(int argc, char** argv, const char* default_file) {
    if (auto err = config::parse(argc, argv, default_file))
      return err;
    pool.module_paths.push_back(EXAMPLE_DIR);
    // This is where the model is trained.
    pool.preload.push_back("inference");
    CLI::App app{"Reads digits for many actors.", "inference"};
    app.add_option("--snakes", pool.max_children, "how many Python processes")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
    app.add_option("--clients", clients, "how many actors send requests")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
    app.add_option("--requests", requests, "how many each of them sends")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
    app.add_option("--seed", seed, "what the pictures are drawn from")
      ->capture_default_str();
    return parse_arguments(app, *this);
  }
};

// -- pictures -----------------------------------------------------------------

/// Pictures that the model has not seen, and what is in them.
struct samples {
  venomous::ndarray pictures;
  std::vector<int64_t> digits;
  MSGPACK_DEFINE_MAP(pictures, digits)
};

samples draw(caf::scoped_actor& self, venomous::pool& pool,
             const inference_config& cfg) {
  auto result = venomous::python_wait<samples>(
    self, pool.manager(),
    {"inference", "draw", cfg.clients * cfg.requests, cfg.seed});
  if (!result)
    throw failure{result.error()};
  return std::move(*result);
}

// -- results ------------------------------------------------------------------

struct results {
  std::vector<caf::timespan> latencies;
  size_t right = 0;
  std::set<int> trainers;
  std::set<int> users;

  void add(caf::timespan latency, const reply& x, const samples& drawn) {
    latencies.push_back(latency);
    right += x.digit == drawn.digits.at(x.number);
    trainers.insert(x.trained_by);
    users.insert(x.used_by);
  }
};

/// Starts all clients and waits for each reply.
results serve(caf::scoped_actor& self, venomous::pool& pool,
              const inference_config& cfg, const samples& drawn) {
  for (size_t i = 0; i < cfg.clients; ++i) {
    auto first = i * cfg.requests;
    auto pictures = drawn.pictures.slice(first, first + cfg.requests);
    self->spawn(client, job{pool.manager(), caf::actor{self}, pictures, first});
  }
  results result;
  size_t i = 0;
  self->receive_for(i, drawn.digits.size())(
    [&](caf::timespan latency, const venomous::value& answer) {
      auto x = answer.as<reply>();
      if (!x)
        throw failure{x.error()};
      result.add(latency, *x, drawn);
    },
    [&](const caf::error& why) { throw failure{why}; });
  return result;
}

void print(results& found, seconds time) {
  auto& latencies = found.latencies;
  std::sort(latencies.begin(), latencies.end());
  auto count = latencies.size();
  auto percentile = [&](size_t percent) {
    auto place = std::min(count * percent / 100, count - 1);
    return std::chrono::duration<double, std::milli>{latencies[place]}.count();
  };
  std::cout << "models: " << found.trainers.size()
            << ", snakes: " << found.users.size() << '\n'
            << "right: " << found.right << " of " << count << '\n'
            << std::fixed << std::setprecision(3) << "seconds: " << time.count()
            << '\n'
            << "requests per second: "
            << static_cast<double>(count) / time.count() << '\n';
  for (size_t percent : {50, 90, 99, 100})
    std::cout << "p" << percent << ": " << percentile(percent) << " ms\n";
}

// -- main ---------------------------------------------------------------------

int run(venomous::pool& pool, const inference_config& cfg) {
  try {
    caf::scoped_actor self{pool.system()};
    auto drawn = draw(self, pool, cfg);
    auto start = std::chrono::steady_clock::now();
    auto found = serve(self, pool, cfg, drawn);
    print(found, std::chrono::steady_clock::now() - start);
    return 0;
  } catch (const std::exception& ex) {
    std::cerr << "inference: " << ex.what() << std::endl;
    return 1;
  }
}

} // namespace

int main(int argc, char** argv) {
  return venomous::exec_main<inference_config>(argc, argv, run);
}
