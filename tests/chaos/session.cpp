#include "session.hpp"

#include <cstdlib>
#include <iostream>

namespace venomous::chaos {

namespace {

void print(const std::string& title, const statistics::numbers& what) {
  size_t sum = 0;
  for (auto& [name, n] : what)
    sum += n;
  std::cout << title << ": " << sum;
  for (auto& [name, n] : what)
    std::cout << (name == what.begin()->first ? " = " : ", ") << n << ' '
              << name;
  std::cout << std::endl;
}

} // namespace

void statistics::add(const transcript& what) {
  for (auto& [number, x] : what.entries) {
    if (x.answers.empty())
      ++answers[to_string(x.what)]["to nobody"];
    for (auto& got : x.answers)
      ++answers[to_string(x.what)][name_of(got)];
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

void session::require_none(const std::vector<std::string>& faults) const {
  if (faults.empty())
    return;
  counts.print();
  std::cout << "\nFAILED:\n";
  for (auto& x : faults)
    std::cout << x << '\n';
  std::cout << "to replay: chaos --seed " << options.seed << " --epoch "
            << options.epoch << " --seconds " << options.length.count()
            << std::endl;
  std::_Exit(1);
}

} // namespace venomous::chaos
