// Takes a census of Python files: how many lines, functions and classes, which
// functions are the most complex ones, and what does not parse. The files are
// parsed in Python, by census.py, in a pool of snakes.

#include "../failure.hpp"
#include "../parse_arguments.hpp"
#include "progress.hpp"
#include "summary.hpp"

#include <venomous/venomous.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <span>
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
    return parse_arguments(app, *this);
  }
};

// -- files --------------------------------------------------------------------

/// What there is to do.
struct workload {
  fs::path folder;
  /// Relative to `folder`, in order.
  std::vector<std::string> files;
};

/// Third-party packages lie within the standard library, but are not part of
/// it.
bool holds_packages(const fs::path& folder) {
  return folder.filename() == "site-packages"
         || folder.filename() == "dist-packages";
}

/// Finds the Python files below `folder`. Throws if it cannot be read.
workload find_files(const fs::path& folder, bool with_packages) {
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
  return result;
}

/// Returns a path as Python's bytes: not every path is text.
venomous::bytes to_bytes(const fs::path& path) {
  auto bytes = std::as_bytes(std::span{path.native()});
  return {bytes.begin(), bytes.end()};
}

// -- main ---------------------------------------------------------------------

fs::path standard_library(caf::scoped_actor& self, venomous::pool& pool) {
  using paths = std::map<std::string, std::string>;
  auto result = venomous::python_wait<paths>(self, pool.manager(),
                                             {"sysconfig", "get_paths"});
  if (!result)
    throw failure{result.error()};
  return result->at("stdlib");
}

/// Counts what is in the files, all at once, and shows how far it is.
summary count(caf::scoped_actor& self, venomous::pool& pool,
              const workload& work) {
  std::vector<venomous::bytes> paths;
  for (auto& file : work.files)
    paths.push_back(to_bytes(work.folder / file));
  progress shown{paths.size()};
  auto reports = venomous::python_map<file_report>(
    self, pool.manager(), {"census", "count", paths}, {},
    [&](size_t done, size_t) { shown.update(done); });
  if (!reports)
    throw failure{reports.error()};
  if (!reports->errors.empty()) {
    auto& [index, why] = reports->errors.front();
    throw failure{why, work.files[index] + ": "};
  }
  summary result;
  for (size_t i = 0; i < work.files.size(); ++i)
    result.add(work.files[i], reports->values[i]);
  return result;
}

int run(venomous::pool& pool, const census_config& cfg) {
  try {
    caf::scoped_actor self{pool.system()};
    auto work = cfg.folder.empty()
                  ? find_files(standard_library(self, pool), false)
                  : find_files(cfg.folder, true);
    auto start = std::chrono::steady_clock::now();
    auto result = count(self, pool, work);
    auto time = std::chrono::steady_clock::now() - start;
    summary::circumstances how{work.folder.string(), cfg.pool.max_children,
                               time};
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
