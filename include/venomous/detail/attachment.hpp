#pragma once

#include <cstddef>
#include <memory>

namespace venomous {

/// Memory that several values may share.
using shared_buffer = std::shared_ptr<const char[]>;

/// Bytes that travel beside the MessagePack of a value, where snakes and host
/// share memory without being copied: the elements of a long array.
struct attachment {
  shared_buffer data;
  size_t size = 0;
};

/// Elements of this many bytes or more become an attachment.
constexpr size_t min_attachment = size_t{64} * 1024;

} // namespace venomous
