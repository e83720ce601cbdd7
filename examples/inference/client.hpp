#pragma once

#include <venomous/venomous.hpp>

#include <cstddef>
#include <cstdint>

/// What goes to `inference.predict`.
struct request {
  size_t number = 0;
  venomous::ndarray picture;
  MSGPACK_DEFINE_MAP(number, picture)
};

/// What comes back.
struct reply {
  size_t number = 0;
  int64_t digit = 0;
  double confidence = 0;
  int trained_by = 0;
  int used_by = 0;
  MSGPACK_DEFINE_MAP(number, digit, confidence, trained_by, used_by)
};

/// What one client asks for.
struct job {
  venomous::snake_manager_actor manager;
  /// Whom each reply goes to, as `(caf::timespan latency, value)`, or an error.
  caf::actor creator;
  /// One picture for each request.
  venomous::ndarray pictures;
  /// The number of the first request.
  size_t first = 0;
};

/// An actor that sends one request after the other.
void client(caf::event_based_actor* self, const job& what);
