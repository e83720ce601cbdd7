// Takes a census of Python files: how many lines, functions and classes, which
// functions are the most complex ones, and what does not parse. The files are
// parsed in Python, by census.py, in a pool of snakes.

#include "progress.hpp"
#include "summary.hpp"

#include <venomous/venomous.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

// -- options ------------------------------------------------------------------

/// The options of the library together with those of this program.
class census_config : public venomous::config {
public:
  /// Empty for the standard library of the snakes.
  std::string folder;

  bool json = false;

  census_config() {
    // Parsing computes only, so there is nothing to gain beyond the cores.
    pool.max_children = std::max(1u, std::thread::hardware_concurrency());
  }

  caf::error parse(int argc, char** argv, const char* default_file) {
    if (auto err = config::parse(argc, argv, default_file))
      return err;
    // The build defines EXAMPLE_DIR, the folder of this file. It goes last, so
    // that the options of the library cannot displace it.
    pool.module_paths.push_back(EXAMPLE_DIR);
    // All snakes share what is imported here.
    pool.preload.push_back("census");
    return parse_remainder();
  }

private:
  caf::error parse_remainder() {
    CLI::App app{"Takes a census of Python files.", "census"};
    app.add_option("--snakes", pool.max_children, "how many Python processes")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
    app
      .add_option("--folder", folder,
                  "where the files are, instead of the standard library")
      ->check(CLI::ExistingDirectory);
    app.add_flag("--json", json, "print JSON instead of tables");
    try {
      // CLI11 takes the arguments last one first.
      std::reverse(remainder.begin(), remainder.end());
      app.parse(std::exchange(remainder, {}));
    } catch (const CLI::CallForHelp&) {
      std::cout << '\n' << app.help() << std::flush;
      cli_helptext_printed = true;
    } catch (const CLI::ParseError& ex) {
      return caf::make_error(venomous::errc::bad_options,
                             std::string{ex.what()});
    }
    return caf::none;
  }
};

// -- files --------------------------------------------------------------------

/// What there is to do. The actors share it, because it never changes.
struct workload {
  fs::path folder;
  /// Relative to `folder`, in order.
  std::vector<std::string> files;
};

using workload_ptr = std::shared_ptr<const workload>;

/// Third-party packages lie within the standard library, but are not part of
/// it.
bool holds_packages(const fs::path& folder) {
  return folder.filename() == "site-packages"
         || folder.filename() == "dist-packages";
}

/// Finds the Python files below `folder`. Throws if it cannot be read.
workload_ptr find_files(const fs::path& folder, bool with_packages) {
  workload result{fs::canonical(folder), {}};
  // Does not follow links to folders, and links to files are left out here:
  // both may lead elsewhere, or count a file twice.
  for (fs::recursive_directory_iterator i{result.folder}, end; i != end; ++i) {
    auto status = i->symlink_status();
    if (fs::is_directory(status)) {
      if (!with_packages && holds_packages(i->path()))
        i.disable_recursion_pending();
    } else if (fs::is_regular_file(status) && i->path().extension() == ".py") {
      auto path = i->path().lexically_relative(result.folder);
      result.files.push_back(path.generic_string());
    }
  }
  std::sort(result.files.begin(), result.files.end());
  return std::make_shared<workload>(std::move(result));
}

/// Returns a path as Python's bytes: not every path is text.
venomous::bytes to_bytes(const fs::path& path) {
  auto bytes = std::as_bytes(std::span{path.native()});
  return {bytes.begin(), bytes.end()};
}

// -- actors -------------------------------------------------------------------

/// Has every n-th file counted and sends the number of the file with either
/// the value that came back or an error to a collector. Ends when it is through
/// or after an error.
class counter : public caf::event_based_actor {
public:
  /// Which files are whose.
  struct share {
    size_t first;
    size_t step;
    /// How many requests may be on their way at the same time. There is no use
    /// in more than it takes to keep the snakes busy.
    size_t window;
  };

  counter(caf::actor_config& cfg, workload_ptr work, share part,
          venomous::snake_manager_actor manager, caf::actor collector)
    : caf::event_based_actor(cfg),
      work_(std::move(work)),
      manager_(std::move(manager)),
      collector_(std::move(collector)),
      next_(part.first),
      step_(part.step),
      window_(part.window) {
    // nop
  }

  caf::behavior make_behavior() override {
    for (size_t i = 0; i < window_; ++i)
      count_next();
    // Without a behavior an actor lives as long as it waits for answers.
    return {};
  }

private:
  void count_next() {
    if (next_ >= work_->files.size())
      return;
    auto index = std::exchange(next_, next_ + step_);
    venomous::snake_args call{"census", "count",
                              to_bytes(work_->folder / work_->files[index])};
    // Without a time limit of CAF's: the pool has one, and answers always.
    request(manager_, caf::infinite, venomous::python_atom_v, std::move(call),
            venomous::python_options{.busy = venomous::when_busy::wait})
      .then(
        [this, index](const venomous::value& report) {
          send(collector_, index, report);
          count_next();
        },
        [this, index](const caf::error& err) {
          send(collector_, index, err);
          quit();
        });
  }

  workload_ptr work_;
  venomous::snake_manager_actor manager_;
  caf::actor collector_;
  size_t next_;
  size_t step_;
  size_t window_;
};

// -- main ---------------------------------------------------------------------

/// Why there is no census.
struct failure : std::runtime_error {
  explicit failure(const caf::error& err, const std::string& where = {})
    : std::runtime_error(where + venomous::describe(err)) {
    // nop
  }
};

fs::path standard_library(caf::scoped_actor& self, venomous::pool& pool) {
  using paths = std::map<std::string, std::string>;
  auto result = venomous::python_wait<paths>(self, pool.manager(),
                                             {"sysconfig", "get_paths"});
  if (!result)
    throw failure{result.error()};
  return result->at("stdlib");
}

/// Collects what the counters send, and shows how far they are.
summary collect(caf::scoped_actor& self, const workload& work) {
  summary result;
  progress shown{work.files.size()};
  auto fail = [&](size_t index, const caf::error& err) {
    throw failure{err, work.files[index] + ": "};
  };
  while (result.files() < work.files.size()) {
    self->receive(
      [&](size_t index, const venomous::value& x) {
        auto report = x.as<file_report>();
        if (!report)
          fail(index, report.error());
        result.add(work.files[index], *report);
      },
      fail,
      // The time left changes even if nothing comes.
      caf::after(std::chrono::milliseconds(200)) >> [] {});
    shown.update(result.files());
  }
  return result;
}

int run(venomous::pool& pool, const census_config& cfg) {
  try {
    caf::scoped_actor self{pool.system()};
    auto work = cfg.folder.empty()
                  ? find_files(standard_library(self, pool), false)
                  : find_files(cfg.folder, true);
    // Any one of them can keep all snakes busy, should the others be through.
    constexpr size_t num_counters = 4;
    auto snakes = cfg.pool.max_children;
    auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < num_counters; ++i)
      pool.system().spawn<counter>(work,
                                   counter::share{i, num_counters, snakes + 1},
                                   pool.manager(), caf::actor{self});
    auto result = collect(self, *work);
    auto time = std::chrono::steady_clock::now() - start;
    summary::circumstances how{work->folder.string(), snakes, time};
    if (cfg.json)
      result.print_json(std::cout, how);
    else
      result.print_table(std::cout, how);
    return 0;
  } catch (const std::exception& ex) {
    std::cerr << "census: " << ex.what() << std::endl;
    return 1;
  }
}

} // namespace

int main(int argc, char** argv) {
  return venomous::exec_main<census_config>(argc, argv, run);
}
