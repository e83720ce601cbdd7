#include "venomous/python_structs.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace venomous {

namespace {

constexpr std::string_view keywords[] = {
  "False",  "None",   "True",    "and",      "as",       "assert", "async",
  "await",  "break",  "class",   "continue", "def",      "del",    "elif",
  "else",   "except", "finally", "for",      "from",     "global", "if",
  "import", "in",     "is",      "lambda",   "nonlocal", "not",    "or",
  "pass",   "raise",  "return",  "try",      "while",    "with",   "yield"};

bool is_name(std::string_view x) {
  auto is_part = [](unsigned char c) {
    return std::isalnum(c) || c == '_';
  };
  return !x.empty() && !std::isdigit(static_cast<unsigned char>(x[0]))
         && std::ranges::all_of(x, is_part)
         && std::ranges::find(keywords, x) == std::end(keywords);
}

std::string demangled(const std::type_info& type) {
  auto status = 0;
  std::unique_ptr<char, decltype(&std::free)> text{
    abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free};
  return text ? text.get() : type.name();
}

} // namespace

std::string detail::python_name(const std::type_info& type) {
  auto full = demangled(type);
  auto last = std::string_view{full}.substr(0, full.find('<'));
  if (auto scope = last.rfind("::"); scope != std::string_view::npos)
    last.remove_prefix(scope + 2);
  std::string result;
  auto begins = true;
  for (unsigned char c : last) {
    if (c != '_')
      result += static_cast<char>(begins ? std::toupper(c) : c);
    begins = c == '_';
  }
  return result;
}

bool python_module::begin(const std::string& name, const std::type_info& type) {
  auto full = demangled(type);
  if (!is_name(name))
    throw std::invalid_argument{"Python has no class of the name " + name
                                + ", for " + full};
  auto [known, is_new] = known_.emplace(name, full);
  if (known->second != full)
    throw std::invalid_argument{"both " + known->second + " and " + full
                                + " would be the class " + name};
  return is_new;
}

void python_module::end(const std::string& name, const fields& xs) {
  add_import("from dataclasses import dataclass");
  auto text = "\n\n@dataclass\nclass " + name + ":\n";
  for (auto& [field, annotation] : xs) {
    if (!is_name(field))
      throw std::invalid_argument{"Python has no field of the name " + field
                                  + ", for " + known_[name]};
    text += "    " + field + ": " + annotation + '\n';
  }
  classes_ += text + (xs.empty() ? "    pass\n" : "");
}

std::string python_module::text() const {
  std::string result =
    "\"\"\"Dataclasses for structs of C++, which were written "
    "by a tool.\"\"\"\n\nfrom __future__ import annotations\n\n";
  for (auto& line : imports_)
    result += line + '\n';
  return result + classes_;
}

} // namespace venomous
