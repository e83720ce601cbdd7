#pragma once

#include "python_bridge/wire/frame.hpp"

#include <pybind11/pybind11.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace venomous::bridge {

/// Bytes beside the MessagePack of a received value.
struct incoming_attachment {
  /// Null if the system granted no memory for the view of the bytes.
  char* data = nullptr;
  size_t size = 0;
  /// Keeps the bytes unchanged while it is alive. If null, they are gone with
  /// the frame, and must be copied.
  std::shared_ptr<void> owner = {};
};

/// The attachments of a frame, in the order in which its values have them.
class incoming_attachments {
public:
  void add(incoming_attachment x) {
    all_.push_back(std::move(x));
  }

  /// Returns the next one, null if there is none.
  incoming_attachment* next() {
    return taken_ < all_.size() ? &all_[taken_++] : nullptr;
  }

  void clear() {
    all_.clear();
    taken_ = 0;
  }

private:
  std::vector<incoming_attachment> all_;
  size_t taken_ = 0;
};

/// How a result refers to bytes of an argument.
struct argument_reference {
  memory_reference reference;
  /// Whether Python objects that show the bytes can change them.
  bool in_place;
};

/// Bytes beside the MessagePack of a value to send.
struct outgoing_attachment {
  /// Keeps the bytes alive, unless they are in an argument.
  pybind11::object owner;
  const char* data;
  size_t size;
  std::optional<argument_reference> argument = {};
};

/// The attachments of a frame, in the order in which its value has them.
using outgoing_attachments = std::vector<outgoing_attachment>;

} // namespace venomous::bridge
