#pragma once

#include <venomous/error.hpp>

#include <stdexcept>
#include <string>

/// Why a program cannot go on.
struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;

  explicit failure(const caf::error& err, const std::string& where = {})
    : failure(where + venomous::describe(err)) {
    // nop
  }
};
