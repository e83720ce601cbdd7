#pragma once

#include <pybind11/pybind11.h>

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace venomous::bridge {

/// Waits for events of a zygote, and forks snakes meanwhile without a line of
/// Python. Every page that a zygote writes to between two forks is one that its
/// snakes do not share, and Python writes to a hundred for a request.
class fork_server {
public:
  /// @param control the socket to the host.
  /// @param host a descriptor of its process.
  /// @param signals the descriptor through which signals come.
  /// @param blocked signals that are blocked in the zygote, but not in snakes.
  fork_server(int control, int host, int signals, std::vector<int> blocked);

  /// Waits until one of the descriptors is ready for something other than a
  /// request for a snake, or for `timeout` milliseconds, -1 for no limit.
  /// @returns the list of those that are ready; in a snake that was forked
  ///          meanwhile, a tuple of its id, channel, ledger and arena.
  pybind11::object wait(int timeout);

  /// Refuses requests from now on.
  void stop();

  /// No longer waits for the host.
  void forget_host();

  using birth = std::pair<uint64_t, pid_t>;

  /// Returns the snakes that were forked since the last call.
  std::vector<birth> take_births();

private:
  enum descriptor : size_t { channel, standard_error, ledger, arena, count };

  std::optional<uint64_t> next_request() const;

  /// @returns whether this is the child.
  bool serve(uint64_t id);

  bool fork(uint64_t id);

  void refuse(uint64_t id, const char* why) const;

  void tell(const std::string& event) const;

  void become_snake(uint64_t id, pid_t parent) noexcept;

  int control_;
  int host_;
  int signals_;
  sigset_t blocked_;
  bool stopped_ = false;
  bool host_is_gone_ = false;
  std::vector<birth> births_;
  /// Of the last request.
  int received_[count];
};

} // namespace venomous::bridge
