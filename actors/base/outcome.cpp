#include "actors/base/outcome.hpp"

#include "venomous/error.hpp"

#include <array>

namespace venomous {

namespace {

std::string text_in(const value& body) {
  auto text = body.as<std::string>();
  return text ? *text : std::string{"the Python side sent no text"};
}

} // namespace

std::optional<snake_error> exception_in(const value& body) {
  auto fields = body.as<std::array<std::string, 3>>();
  if (!fields)
    return std::nullopt;
  return snake_error{(*fields)[0], (*fields)[1], (*fields)[2]};
}

std::optional<caf::expected<value>> outcome_of(frame_kind kind, value content) {
  switch (kind) {
  case frame_kind::value:
    return content;
  case frame_kind::undecodable:
    return caf::make_error(errc::undecodable, text_in(content));
  case frame_kind::unencodable:
    return caf::make_error(errc::unencodable, text_in(content));
  default:
    if (auto raised = exception_in(content))
      return caf::make_error(errc::python_exception, std::move(*raised));
    return std::nullopt;
  }
}

} // namespace venomous
