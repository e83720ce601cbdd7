#pragma once

#include "venomous/messages.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

namespace venomous::test {

/// Serializes `x` and reads it again, as between two nodes.
/// @param system May be null if `x` has no handles of actors.
template <class T>
caf::error through_network(caf::actor_system* system, const T& x, T& result) {
  caf::binary_serializer::container_type buffer;
  auto transport = [&](auto& sink, auto make_source) -> caf::error {
#if VENOMOUS_CAF_017
    if (auto err = sink(x))
      return err;
    auto source = make_source();
    return source(result);
#else
    if (!sink.apply(x))
      return sink.get_error();
    auto source = make_source();
    return source.apply(result) ? caf::error{} : source.get_error();
#endif
  };
  if (system) {
    caf::binary_serializer sink{*system, buffer};
    return transport(sink, [&] {
      return caf::binary_deserializer{*system, buffer};
    });
  }
  caf::binary_serializer sink{nullptr, buffer};
  return transport(sink, [&] {
    return caf::binary_deserializer{nullptr, buffer};
  });
}

} // namespace venomous::test
