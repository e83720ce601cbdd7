#pragma once

#include "book.hpp"
#include "plan.hpp"

#include "venomous/calls.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

/// @file
/// Those who ask, as they are told to, and write down what they asked for and
/// what came of it.

namespace venomous::chaos {

/// Where all customers of a pool ask.
struct desk {
  caf::actor_system& system;
  snake_manager_actor manager;
  book& records;
  /// The file in which functions note their numbers.
  std::string notes;
};

/// What to do with an answer.
template <class T>
using then = std::function<void(caf::expected<T>&)>;

/// A way to ask.
class asker {
public:
  asker(desk& at, uint64_t id) : at(at), id(id) {
    // nop
  }

  virtual ~asker() = default;

  virtual void python(snake_args args, python_options options,
                      then<value> done) = 0;

  virtual void python_map(map_args args, map_options options,
                          then<map_results> done) = 0;

  virtual void snake_run(snake on, snake_args args, python_options options,
                         then<value> done) = 0;

  virtual void retrieve(python_options options, then<snake> done) = 0;

  virtual void get_ready(size_t n, then<std::vector<snake>> done) = 0;

  virtual void release(snake leased, then<bool> done) = 0;

  virtual void cancel(call_token token, then<bool> done) = 0;

  virtual void list(then<std::vector<snake_info>> done) = 0;

  desk& at;
  /// In the book.
  const uint64_t id;
};

/// Does what was ordered, all but `die_order` and `fault_order`.
/// @pre the book has the order, see `record`.
void perform(const std::shared_ptr<asker>& self, const order& what);

/// Notes in the book what was ordered of `asker`, 0 for nobody, save for what
/// depends on its answer.
void record(book& records, const order& what, uint64_t asker);

/// Each life of one has a number of its own.
uint64_t new_asker_id();

} // namespace venomous::chaos
