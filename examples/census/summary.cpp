#include "summary.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <tuple>
#include <utility>

namespace {

/// How many folders and functions are listed.
constexpr size_t list_size = 10;

constexpr int name_width = 24;

constexpr int number_width = 12;

/// Returns `x` with a comma between each three digits.
std::string grouped(size_t x) {
  auto result = std::to_string(x);
  for (auto i = result.size(); i > 3;)
    result.insert(i -= 3, 1, ',');
  return result;
}

void print_row(std::ostream& out, const std::string& name, const counts& x) {
  out << "  " << std::left << std::setw(name_width) << name << std::right;
  for (auto number : {x.files, x.lines, x.functions, x.classes})
    out << std::setw(number_width) << grouped(number);
  out << '\n';
}

/// The most complex one comes first.
bool is_before(const found_function& x, const found_function& y) {
  return std::tie(y.complexity, x.file, x.line, x.name)
         < std::tie(x.complexity, y.file, y.line, y.name);
}

double files_per_second(const counts& total,
                        const summary::circumstances& how) {
  auto files = static_cast<double>(total.files);
  return how.time.count() > 0 ? files / how.time.count() : 0;
}

} // namespace

counts& counts::operator+=(const counts& other) {
  files += other.files;
  lines += other.lines;
  functions += other.functions;
  classes += other.classes;
  return *this;
}

void summary::add(const std::string& file, const file_report& report) {
  counts x{1, report.lines, report.functions, report.classes};
  total_ += x;
  auto slash = file.find('/');
  folders_[slash == std::string::npos ? "." : file.substr(0, slash)] += x;
  for (auto& function : report.most_complex)
    most_complex_.push_back({function, file});
  std::sort(most_complex_.begin(), most_complex_.end(), is_before);
  if (most_complex_.size() > list_size)
    most_complex_.resize(list_size);
  if (report.why_unparsed)
    unparsed_.emplace(file, *report.why_unparsed);
}

void summary::print_table(std::ostream& out, const circumstances& how) const {
  out << "Census of " << how.folder << "\n\n"
      << "  " << std::left << std::setw(name_width) << "folder" << std::right;
  for (auto title : {"files", "lines", "functions", "classes"})
    out << std::setw(number_width) << title;
  out << '\n';
  std::vector<std::pair<std::string, counts>> rows{folders_.begin(),
                                                   folders_.end()};
  std::stable_sort(rows.begin(), rows.end(), [](auto& x, auto& y) {
    return x.second.lines > y.second.lines;
  });
  counts others;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i < list_size)
      print_row(out, rows[i].first, rows[i].second);
    else
      others += rows[i].second;
  }
  if (rows.size() > list_size)
    print_row(out, std::to_string(rows.size() - list_size) + " others", others);
  print_row(out, "total", total_);
  out << "\nThe most complex functions\n\n";
  for (auto& x : most_complex_)
    out << std::setw(6) << x.complexity << "  " << x.name << "  " << x.file
        << ':' << x.line << '\n';
  out << "\nFiles that do not parse: " << unparsed_.size() << "\n";
  for (auto& [file, why] : unparsed_)
    out << "  " << file << ": " << why << '\n';
  out << '\n'
      << std::fixed << std::setprecision(1) << how.time.count() << " s with "
      << how.snakes << (how.snakes == 1 ? " snake, " : " snakes, ")
      << std::setprecision(0) << files_per_second(total_, how) << " files/s\n";
}

void summary::print_json(std::ostream& out, const circumstances& how) const {
  using nlohmann::json;
  auto most_complex = json::array();
  for (auto& x : most_complex_)
    most_complex.push_back({{"complexity", x.complexity},
                            {"name", x.name},
                            {"file", x.file},
                            {"line", x.line}});
  auto unparsed = json::array();
  for (auto& [file, why] : unparsed_)
    unparsed.push_back({{"file", file}, {"why", why}});
  json result{{"folder", how.folder},
              {"files", total_.files},
              {"lines", total_.lines},
              {"functions", total_.functions},
              {"classes", total_.classes},
              {"most_complex", std::move(most_complex)},
              {"unparsed", std::move(unparsed)},
              {"snakes", how.snakes},
              {"seconds", how.time.count()},
              {"files_per_second", files_per_second(total_, how)}};
  // The name of a file need not be UTF-8.
  out << result.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}
