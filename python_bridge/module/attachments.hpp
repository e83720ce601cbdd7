#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <vector>

namespace venomous::bridge {

/// Bytes beside the MessagePack of a value that has come in.
struct incoming_attachment {
  char* data = nullptr;
  size_t size = 0;
  bool writable = false;
  /// Keeps the bytes as they are for as long as it lives. If null they are gone
  /// with the frame, and have to be copied.
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

/// Bytes beside the MessagePack of a value that is sent.
struct outgoing_attachment {
  /// Keeps the bytes alive.
  pybind11::object owner;
  const char* data;
  size_t size;
};

/// The attachments of a frame, in the order in which its value has them.
using outgoing_attachments = std::vector<outgoing_attachment>;

} // namespace venomous::bridge
