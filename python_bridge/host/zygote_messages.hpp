#pragma once

#include "venomous/options.hpp"

#include "python_bridge/os/exit_status.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// @file
/// What a zygote and its host say to each other, as JSON: it must also work in
/// an interpreter that cannot load the bridge, to say just that.

namespace venomous {

// -- requests -----------------------------------------------------------------

/// The options that a zygote needs to get ready.
std::string configure_request(const pool_options& options);

std::string fork_request(uint64_t id);

std::string end_request(uint64_t id, termination_style style,
                        std::chrono::milliseconds grace);

std::string interrupt_request(uint64_t id);

std::string ping_request();

std::string stop_request(termination_style style,
                         std::chrono::milliseconds grace);

// -- events -------------------------------------------------------------------

/// Something that a zygote reports.
struct zygote_event {
  enum class type : uint8_t {
    /// It takes requests, and speaks `protocol` as version `text` does.
    hello,
    /// It cannot start, for the reason in `text`.
    failed,
    /// The snake `id` has got the process `pid`.
    forked,
    /// The snake `id` has got none, for the reason in `text`.
    fork_failed,
    /// The process of the snake `id` has ended with `status`.
    exited,
    /// It answers a ping.
    pong,
    /// The host does not know it.
    other,
  };

  type kind = type::other;
  uint64_t id = 0;
  pid_t pid = 0;
  std::string text = {};
  exit_status status = {};
  int protocol = 0;
};

/// @returns nothing if `message` is malformed.
std::optional<zygote_event> parse_event(std::string_view message);

} // namespace venomous
