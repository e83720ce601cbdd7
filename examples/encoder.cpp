// A custom encoder: Python's dates reach C++ as a struct and the other way
// round. What is done in Python is in modules/dates.py.

#include <venomous/venomous.hpp>

#include <iostream>

namespace {

struct date_string {
  std::string date;
  MSGPACK_DEFINE_MAP(date)
};

struct config : venomous::config {
  config() {
    // The build defines EXAMPLE_DIR, the folder of this file.
    pool.module_paths = {EXAMPLE_DIR "/modules"};
    // Every snake calls this once, at its start.
    pool.encoder = {.module = "dates", .func = "register", .args = {}};
  }
};

int run(venomous::pool& pool) {
  caf::scoped_actor self{pool.system()};
  // The decoder makes this struct a date, and the encoder makes the date that
  // `date.replace` returns a struct again.
  date_string leap_day{"2024-02-29"};
  auto shifted = venomous::python<date_string>(
    self, pool.manager(),
    venomous::snake_args{"datetime", "date.replace", leap_day}.kwargs(
      {{"month", 1}}));
  if (!shifted) {
    std::cerr << venomous::describe(shifted.error()) << '\n';
    return 1;
  }
  std::cout << "a month earlier: " << shifted->date << '\n';
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  return venomous::exec_main<config>(argc, argv, run);
}
