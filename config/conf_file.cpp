#include "config/conf_file.hpp"

#include "config/caf_option.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <stdexcept>
#include <utility>

namespace venomous {

namespace {

/// CAF reads lists recursively: deeper nesting would only overflow the stack.
constexpr size_t max_depth = 64;

struct syntax_error : std::runtime_error {
  syntax_error(size_t line, const std::string& reason)
    : std::runtime_error(reason), line(line) {
    // nop
  }

  size_t line;
};

bool is_key_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'
         || c == '.';
}

std::string quoted(char c) {
  return std::string{"'"} + c + "'";
}

class conf_parser {
public:
  conf_parser(std::string_view text, const std::string& name)
    : text_(text), name_(name) {
    // nop
  }

  std::vector<setting> run() {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") // byte order mark
      pos_ = 3;
    for (skip_to_token(); !at_end(); skip_to_token()) {
      if (peek() == '}')
        close_group();
      else
        read_entry();
    }
    if (!groups_.empty())
      throw syntax_error(groups_.back().line, "'{' is never closed");
    return std::move(result_);
  }

private:
  struct group {
    std::string prefix;
    size_t line;
    bool empty = true;
  };

  // -- characters -------------------------------------------------------------

  bool at_end() const {
    return pos_ == text_.size();
  }

  /// Returns the current character, a newline at the end of the file.
  char peek() const {
    return at_end() ? '\n' : text_[pos_];
  }

  void advance() {
    if (text_[pos_++] == '\n')
      ++line_;
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw syntax_error(line_, reason);
  }

  /// Skips blanks and a comment, not the end of the line.
  void skip_blanks() {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\r'))
      advance();
    if (peek() == '#')
      while (peek() != '\n')
        advance();
    if (peek() == ';')
      fail("stray ';': comments start with '#', entries end with the line");
  }

  void skip_to_token() {
    for (skip_blanks(); !at_end() && peek() == '\n'; skip_blanks())
      advance();
  }

  std::string rest_of_line() const {
    auto end = text_.find_first_of("\r\n", pos_);
    return std::string{text_.substr(pos_, end - pos_)};
  }

  // -- groups and entries -----------------------------------------------------

  void open_group(const std::string& name, size_t line) {
    if (groups_.size() == max_depth)
      fail("groups are nested too deeply");
    advance();
    groups_.push_back({name, line});
  }

  void close_group() {
    if (groups_.empty())
      fail("stray '}'");
    auto closed = std::move(groups_.back());
    groups_.pop_back();
    advance();
    if (closed.empty)
      add(closed.prefix, caf::config_value{caf::config_value::dictionary{}},
          "{}", closed.line);
    skip_separator();
  }

  void read_entry() {
    auto line = line_;
    auto name = read_name();
    skip_blanks();
    auto assigned = peek() == '=';
    if (assigned) {
      advance();
      skip_blanks();
    }
    if (peek() == '{')
      open_group(name, line);
    else if (assigned)
      read_value(name);
    else
      fail("expected '=' or '{' after " + name);
  }

  std::string read_name() {
    auto start = pos_;
    while (!at_end() && is_key_char(peek()))
      ++pos_;
    auto key = text_.substr(start, pos_ - start);
    if (key.empty())
      fail_at_key();
    if (!is_key(key))
      fail("malformed key " + std::string{key});
    auto name = groups_.empty() ? std::string{} : groups_.back().prefix + '.';
    name += key;
    if (static_cast<size_t>(std::count(name.begin(), name.end(), '.'))
        >= max_depth)
      fail("groups are nested too deeply");
    if (!groups_.empty())
      groups_.back().empty = false;
    return name;
  }

  [[noreturn]] void fail_at_key() const {
    if (peek() != '[')
      fail("expected a key, got " + rest_of_line());
    auto line = rest_of_line();
    auto group = line.substr(1, line.find(']') - 1);
    fail('[' + group + "] is the syntax of older CAF, write " + group
         + " { ... }");
  }

  void read_value(const std::string& name) {
    auto line = line_;
    auto start = pos_;
    if (peek() == '"' || peek() == '\'')
      skip_quoted();
    else if (peek() == '[')
      skip_list();
    else
      skip_word();
    auto text = std::string{text_.substr(start, pos_ - start)};
    if (text.empty())
      fail(name + ": no value after '='");
    auto value = parse_value(text[0] == '[' ? without_comments(text) : text);
    if (!value)
      throw syntax_error(
        line, name + ": " + *compat::error_context<std::string>(value.error()));
    add(name, std::move(*value), std::move(text), line);
    skip_separator();
  }

  /// Goes to the next entry, which begins on another line or after a comma. An
  /// entry may also follow a group on the same line.
  void skip_separator() {
    auto after_group = text_[pos_ - 1] == '}';
    skip_blanks();
    if (peek() == ',')
      advance();
    else if (peek() != '\n' && peek() != '}' && !after_group)
      fail("unexpected text after the value: " + rest_of_line());
  }

  void add(std::string name, caf::config_value value, std::string text,
           size_t line) {
    auto is_group = text == "{}";
    for (auto dot = name.find('.'); dot != std::string::npos;
         dot = name.find('.', dot + 1))
      add_name(name.substr(0, dot), line, true);
    add_name(name, line, is_group);
    result_.push_back({std::move(name), std::move(value), std::move(text),
                       name_ + ':' + std::to_string(line)});
  }

  /// A group may be opened any number of times; everything else is given once.
  void add_name(const std::string& name, size_t line, bool is_group) {
    auto [first, is_new] = names_.try_emplace(name, line, is_group);
    if (!is_new && !(is_group && first->second.second))
      throw syntax_error(line, name + ": given twice, first in line "
                                 + std::to_string(first->second.first));
  }

  // -- values -----------------------------------------------------------------

  void skip_quoted() {
    auto quote = peek();
    auto line = line_;
    for (++pos_; peek() != quote; ++pos_) {
      if (peek() == '\\')
        ++pos_;
      if (at_end() || peek() == '\n')
        throw syntax_error(line, "unterminated text: " + std::string(1, quote)
                                   + " is missing at the end of the line");
    }
    ++pos_;
  }

  void skip_word() {
    while (!at_end()
           && std::string_view{" \t\r\n,{}[]#;"}.find(peek())
                == std::string_view::npos)
      ++pos_;
  }

  /// Moves past the bracket that closes the current one.
  void skip_list() {
    std::vector<std::pair<char, size_t>> open;
    do {
      auto c = peek();
      if (at_end())
        throw syntax_error(open.front().second, "'[' is never closed");
      if (c == '"' || c == '\'') {
        skip_quoted();
        continue;
      }
      if (c == '#' || c == ';') {
        skip_blanks();
        continue;
      }
      if (c == '[' || c == '{')
        open.emplace_back(c, line_);
      else if (c == ']' || c == '}')
        close_bracket(open, c);
      if (open.size() > max_depth)
        fail("lists are nested too deeply");
      advance();
    } while (!open.empty());
  }

  void close_bracket(std::vector<std::pair<char, size_t>>& open, char c) {
    auto [opening, line] = open.back();
    if (c != (opening == '[' ? ']' : '}'))
      fail(quoted(opening) + " of line " + std::to_string(line)
           + " is closed by " + quoted(c));
    open.pop_back();
  }

  /// Blanks out the comments in a list, which CAF 0.17 does not support.
  static std::string without_comments(std::string_view text) {
    std::string result;
    char quote = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      auto c = text[i];
      if (quote != 0 && c == '\\')
        result += text[i++];
      else if (quote != 0 && c == quote)
        quote = 0;
      else if (quote == 0 && (c == '"' || c == '\''))
        quote = c;
      else if (quote == 0 && c == '#')
        i = text.find('\n', i); // a list is closed in some later line
      if (quote != 0 || text[i] != '\r')
        result += text[i];
    }
    return result;
  }

  std::string_view text_;
  const std::string& name_;
  size_t pos_ = 0;
  size_t line_ = 1;
  std::vector<group> groups_;
  /// The line of each name, and whether it is a group.
  std::map<std::string, std::pair<size_t, bool>> names_;
  std::vector<setting> result_;
};

caf::error bad_value(const std::string& why) {
  return caf::make_error(errc::bad_options, why);
}

/// C and CAF read `010` as 8, which nobody who writes it in a file means.
bool looks_octal(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-'))
    text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0'
         && std::isdigit(static_cast<unsigned char>(text[1]));
}

std::string explain(const caf::error& err) {
  switch (static_cast<caf::pec>(err.code())) {
  case caf::pec::integer_overflow:
  case caf::pec::integer_underflow:
  case caf::pec::exponent_overflow:
  case caf::pec::exponent_underflow:
    return "the number is out of range: ";
  case unknown_escape_sequence:
    return R"(only \n, \r, \t, \\ and \" may be escaped: )";
  default:
    return "not a value: ";
  }
}

} // namespace

bool is_key(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.'
         && text.find("..") == std::string_view::npos
         && std::all_of(text.begin(), text.end(), is_key_char);
}

caf::expected<caf::config_value> parse_value(std::string_view text) {
  std::string str{text};
  if (looks_octal(text))
    return bad_value("a number must not start with 0: " + str);
  auto result = caf::config_value::parse(str);
  if (!result)
    return bad_value(explain(result.error()) + str);
  // CAF takes anything that it cannot read for a string.
  if (text.front() != '"' && caf::holds_alternative<std::string>(*result))
    return bad_value("not a value (text goes in double quotes): " + str);
  return result;
}

caf::expected<std::vector<setting>> parse_conf(std::string_view text,
                                               const std::string& name) {
  try {
    return conf_parser{text, name}.run();
  } catch (const syntax_error& err) {
    return bad_value(name + ':' + std::to_string(err.line) + ": " + err.what());
  }
}

caf::expected<std::vector<setting>> read_conf_file(const std::string& name) {
  std::ifstream file{name, std::ios::binary};
  if (!file.is_open())
    return bad_value(name + ": cannot be opened");
  std::string text;
  char buf[4096];
  while (file.read(buf, sizeof(buf)) || file.gcount() > 0)
    text.append(buf, static_cast<size_t>(file.gcount()));
  if (file.bad())
    return bad_value(name + ": cannot be read");
  return parse_conf(text, name);
}

} // namespace venomous
