#include "python_bridge/host/zygote_messages.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <variant>

namespace venomous {

namespace {

using json = nlohmann::json;

/// A path need not be UTF-8, as JSON must be: each byte becomes the character
/// that has its number.
std::string byte_by_byte(const std::string& path) {
  std::string result;
  for (unsigned char byte : path) {
    if (byte < 0x80) {
      result += static_cast<char>(byte);
    } else {
      result += static_cast<char>(0xc0 | (byte >> 6));
      result += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return result;
}

exit_status status_of(const json& event) {
  exit_status result;
  if (auto& code = event.at("code"); !code.is_null())
    result.code = code.get<int>();
  if (auto& name = event.at("signal"); !name.is_null())
    result.signal = name.get<std::string>();
  return result;
}

/// Reads an exception, as far as it was told.
std::string failure_of(const json& event) {
  auto result = event.at("exception").get<std::string>() + ": "
                + event.at("error").get<std::string>();
  if (auto trace = event.value("backtrace", ""); !trace.empty())
    result += "\n" + trace;
  return result;
}

zygote_event event_of(const json& message) {
  using type = zygote_event::type;
  auto name = message.at("event").get<std::string>();
  if (name == "hello")
    return {.kind = type::hello,
            .text = message.value("version", "unknown"),
            .protocol = message.value("protocol", 0)};
  if (name == "failed")
    return {.kind = type::failed, .text = failure_of(message)};
  if (name == "forked")
    return {type::forked, message.at("id"), message.at("pid")};
  if (name == "fork_failed")
    return {.kind = type::fork_failed,
            .id = message.at("id"),
            .text = message.at("error")};
  if (name == "exited")
    return {.kind = type::exited,
            .id = message.at("id"),
            .status = status_of(message)};
  if (name == "pong")
    return {type::pong};
  return {};
}

} // namespace

// -- requests -----------------------------------------------------------------

std::string configure_request(const pool_options& options) {
  json encoder;
  if (options.encoder) {
    auto args = json::array();
    for (auto& arg : options.encoder->args)
      std::visit([&](auto& x) { args.push_back(x); }, arg);
    encoder = {{"module", options.encoder->module},
               {"func", options.encoder->func},
               {"args", args}};
  }
  auto module_paths = json::array();
  for (auto& path : options.module_paths)
    module_paths.push_back(byte_by_byte(path));
  json result{{"op", "configure"},
              {"module_paths", module_paths},
              {"preload", options.preload},
              {"cd", byte_by_byte(options.cd)},
              {"encoder", encoder},
              {"host_pid", ::getpid()},
              {"spin_us", options.spin.count()},
              {"max_result", options.max_frame_mb << 20},
              {"pickle_fallback", options.pickle_fallback},
              {"grace_ms", options.grace.count()},
              {"limits",
               {{"address_space", options.address_space_mb << 20},
                {"cpu_seconds", options.cpu_seconds},
                {"open_files", options.open_files},
                {"niceness", options.niceness},
                {"core_dumps", options.core_dumps}}}};
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string fork_request(uint64_t id) {
  // Not any JSON: the zygote knows these by their letters, see forking.cpp.
  return R"({"id":)" + std::to_string(id) + R"(,"op":"fork"})";
}

std::string end_request(uint64_t id, termination_style style,
                        std::chrono::milliseconds grace) {
  json result{{"op", "end"},
              {"id", id},
              {"style", to_string(style)},
              {"grace_ms", grace.count()}};
  return result.dump();
}

std::string interrupt_request(uint64_t id) {
  return json{{"op", "interrupt"}, {"id", id}}.dump();
}

std::string ping_request() {
  return R"({"op":"ping"})";
}

std::string stop_request(termination_style style,
                         std::chrono::milliseconds grace) {
  json result{
    {"op", "stop"}, {"style", to_string(style)}, {"grace_ms", grace.count()}};
  return result.dump();
}

// -- events -------------------------------------------------------------------

std::optional<zygote_event> parse_event(std::string_view message) {
  try {
    return event_of(json::parse(message));
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

} // namespace venomous
