#include "session.hpp"

#include <cstdlib>
#include <iostream>

namespace venomous::chaos {

namespace {

void print(const std::string& title, const statistics::numbers& counts) {
  size_t sum = 0;
  for (auto& [name, n] : counts)
    sum += n;
  std::cout << title << ": " << sum;
  for (auto& [name, n] : counts)
    std::cout << (name == counts.begin()->first ? " = " : ", ") << n << ' '
              << name;
  std::cout << std::endl;
}

} // namespace

void statistics::add(const history& all) {
  for (auto& [number, x] : all.requests) {
    if (x.answers.empty())
      ++answers[to_string(x.kind)]["to nobody"];
    for (auto& got : x.answers)
      ++answers[to_string(x.kind)][name_of(got)];
    for (auto& got : x.outcomes)
      ++answers["item"][name_of(got)];
  }
}

void statistics::print() const {
  std::cout << rounds << " rounds, functions began " << runs << " times"
            << std::endl;
  for (auto& [kind, numbers] : answers)
    chaos::print("answers to each " + kind, numbers);
  chaos::print("faults injected", faults);
}

void session::require_none(const std::vector<std::string>& anomalies) const {
  if (anomalies.empty())
    return;
  counts.print();
  std::cout << "\nFAILED:\n";
  for (auto& x : anomalies)
    std::cout << x << '\n';
  std::cout << "to replay: chaos --seed " << options.seed << " --epoch "
            << options.epoch << " --seconds " << options.length.count()
            << std::endl;
  std::_Exit(1);
}

} // namespace venomous::chaos
