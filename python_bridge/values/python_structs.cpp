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

bool is_keyword(std::string_view x) {
  return std::ranges::find(keywords, x) != std::end(keywords);
}

bool is_name(std::string_view x) {
  auto is_part = [](unsigned char c) {
    return std::isalnum(c) || c == '_';
  };
  return !x.empty() && !std::isdigit(static_cast<unsigned char>(x[0]))
         && std::ranges::all_of(x, is_part) && !is_keyword(x);
}

/// Python mangles names in a class that begin with two underscores.
bool is_field_name(std::string_view x) {
  return is_name(x) && !x.starts_with("__");
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
  // For example None. No other class name has an underscore.
  return is_keyword(result) ? result + '_' : result;
}

std::string detail::union_of(const std::vector<std::string>& types) {
  std::vector<std::string> seen;
  std::string result;
  for (auto& x : types) {
    if (std::ranges::find(seen, x) != seen.end())
      continue;
    result += (seen.empty() ? "" : " | ") + x;
    seen.push_back(x);
  }
  return result;
}

// -- names of the module ------------------------------------------------------

void python_module::define(const std::string& name,
                           const std::string& meaning) {
  auto [known, is_new] = known_.emplace(name, meaning);
  if (known->second != meaning)
    throw std::invalid_argument{"both " + known->second + " and " + meaning
                                + " would be " + name};
}

namespace {

/// Takes everything before `separator` off the front of `text`, along with the
/// separator.
std::string_view take_until(std::string_view& text,
                            std::string_view separator) {
  auto size = text.find(separator);
  auto result = text.substr(0, size);
  text = size == std::string_view::npos ? std::string_view{}
                                        : text.substr(size + separator.size());
  return result;
}

} // namespace

void python_module::add_import(const std::string& line) {
  auto names = std::string_view{line};
  auto from = std::string{take_until(names, "import ")};
  while (!names.empty()) {
    auto name = take_until(names, ", ");
    auto alias = name;
    auto origin = take_until(alias, " as ");
    // Without an alias an import defines the name of the top-level package.
    if (alias.empty())
      alias = origin = from.empty() ? take_until(origin, ".") : origin;
    define(std::string{alias}, from + "import " + std::string{origin});
  }
  imports_.insert(line);
}

std::string python_module::name_in(const std::string& module,
                                   std::string_view name) {
  add_import("import " + module);
  return module + '.' + std::string{name};
}

bool python_module::begin(const std::string& name, const std::type_info& type) {
  auto full = demangled(type);
  if (!is_name(name) && !is_keyword(name))
    throw std::invalid_argument{"Python has no class of the name " + name
                                + ", for " + full};
  auto is_new = !known_.contains(name);
  define(name, full);
  return is_new;
}

void python_module::end(record x) {
  add_import("from dataclasses import dataclass");
  for (auto& each : x.fields)
    if (!is_field_name(each.name))
      throw std::invalid_argument{"Python has no field of the name " + each.name
                                  + ", for " + known_[x.name]};
  records_.push_back(std::move(x));
}

// -- text ---------------------------------------------------------------------

/// Writes the classes of a module, bases first. Fields of a class hide other
/// names within it: annotations that need such a name use an alias.
class module_writer {
public:
  explicit module_writer(const python_module& x) : module_(x) {
    for (auto& record : x.records_)
      for (auto& field : record.fields)
        taken_.insert(field.name);
    for (auto& [name, meaning] : x.known_)
      taken_.insert(name);
  }

  /// Returns the text of all classes.
  std::string write() {
    for (auto& record : module_.records_)
      write_class(record);
    if (!aliases_.empty())
      out_ += "\n\n";
    for (auto& [name, alias] : aliases_)
      out_ += alias + " = " + name + '\n';
    return std::move(out_);
  }

  /// Returns the name under which `builtins` is imported, empty if it is not
  /// needed.
  const std::string& builtins() const {
    return builtins_;
  }

private:
  using record = python_module::record;

  void write_class(const record& x) {
    if (!written_.insert(x.name).second)
      return;
    std::string bases;
    for (auto& base : x.bases) {
      write_class(*std::ranges::find(module_.records_, base, &record::name));
      bases += (bases.empty() ? "" : ", ") + base;
    }
    out_ += "\n\n@dataclass(kw_only=True)\nclass " + x.name
            + (bases.empty() ? "" : '(' + bases + ')') + ":\n";
    for (auto& field : x.fields)
      out_ += "    " + field.name + ": " + visible(x, field.annotation)
              + (field.may_be_missing ? " = None" : "") + '\n';
    out_ += x.fields.empty() ? "    pass\n" : "";
  }

  /// Returns `annotation` with aliases for names that fields of `x` hide.
  std::string visible(const record& x, std::string_view annotation) {
    auto is_part = [](unsigned char c) {
      return std::isalnum(c) || c == '_' || c == '.';
    };
    std::string result;
    while (!annotation.empty()) {
      auto end = std::ranges::find_if_not(annotation, is_part);
      auto name = std::string{annotation.begin(), end};
      annotation.remove_prefix(name.size());
      auto root = name.substr(0, name.find('.'));
      if (std::ranges::find(x.fields, root, &python_module::field::name)
          != x.fields.end())
        name.replace(0, root.size(), other_name(root));
      result += name;
      result += take_separator(annotation);
    }
    return result;
  }

  /// Takes a character that is not part of a name, or a string literal.
  static std::string take_separator(std::string_view& text) {
    auto quoted = !text.empty() && (text[0] == '\'' || text[0] == '"');
    auto end = quoted ? text.find(text[0], 1) : 0;
    auto result = std::string{text.substr(0, std::max(end, end + 1))};
    text.remove_prefix(result.size());
    return result;
  }

  std::string other_name(const std::string& name) {
    auto is_builtin = !module_.known_.contains(name);
    auto& alias = is_builtin ? builtins_ : aliases_[name];
    if (alias.empty())
      alias = free_name(is_builtin ? "builtins" : name);
    return is_builtin ? alias + '.' + name : alias;
  }

  std::string free_name(const std::string& name) {
    auto result = '_' + name;
    while (!taken_.insert(result).second)
      result += '_';
    return result;
  }

  const python_module& module_;
  /// Names that an alias must not have.
  std::set<std::string> taken_;
  std::set<std::string> written_;
  /// The aliases of names that the module defines and fields hide.
  std::map<std::string, std::string> aliases_;
  std::string builtins_;
  std::string out_;
};

std::string python_module::text() const {
  std::string result =
    "\"\"\"Dataclasses for structs of C++, which were written "
    "by a tool.\"\"\"\n\nfrom __future__ import annotations\n\n";
  module_writer writer{*this};
  auto classes = writer.write();
  auto imports = imports_;
  if (!writer.builtins().empty())
    imports.insert("import builtins as " + writer.builtins());
  for (auto& line : imports)
    result += line + '\n';
  return result + classes;
}

} // namespace venomous
