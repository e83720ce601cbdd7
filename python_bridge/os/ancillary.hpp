#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstring>
#include <span>

namespace venomous {

/// Room for the descriptors that go with a message, at most `N`.
template <size_t N>
struct ancillary {
  alignas(cmsghdr) char bytes[CMSG_SPACE(N * sizeof(int))] = {};

  /// Makes `msg` use this room.
  void serve(msghdr& msg) noexcept {
    msg.msg_control = bytes;
    msg.msg_controllen = sizeof(bytes);
  }

  /// Sends `fds` along with `msg`, which keeps using this room.
  void put(msghdr& msg, const int (&fds)[N]) noexcept {
    serve(msg);
    auto header = CMSG_FIRSTHDR(&msg);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fds));
    std::memcpy(CMSG_DATA(header), fds, sizeof(fds));
  }

  /// Takes the descriptors that came with `msg`.
  /// @returns whether their number matches that of `fds`.
  static bool take(msghdr& msg, int (&fds)[N]) noexcept {
    auto header = CMSG_FIRSTHDR(&msg);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS
        || header->cmsg_len != CMSG_LEN(sizeof(fds)))
      return false;
    std::memcpy(fds, CMSG_DATA(header), sizeof(fds));
    return true;
  }
};

} // namespace venomous
