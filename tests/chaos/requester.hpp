#pragma once

#include "history.hpp"
#include "plan.hpp"

#include "venomous/calls.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

/// @file
/// Requesters perform operations on a pool and record each request with its
/// answers.

namespace venomous::chaos {

/// What all clients of a pool share.
struct client_context {
  caf::actor_system& system;
  snake_manager_actor manager;
  history_recorder& recorder;
  /// The file in which functions note their numbers.
  std::string notes;
};

/// Handles an answer.
template <class T>
using then = std::function<void(caf::expected<T>&)>;

/// Sends requests to a pool, either blocking or as an actor.
class requester {
public:
  requester(client_context& context, uint64_t id) : context(context), id(id) {
    // nop
  }

  virtual ~requester() = default;

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

  client_context& context;
  /// Its number in the history.
  const uint64_t id;
};

/// Performs any operation but `die_op` and `fault_op`.
/// @pre the operation is recorded, see `record`.
void perform(const std::shared_ptr<requester>& self, const operation& op);

/// Records the requests of `op` by `client`, 0 for nobody, but not those that
/// depend on its answer.
void record(history_recorder& recorder, const operation& op, uint64_t client);

/// Each life of a client has a number of its own.
uint64_t new_client_id();

} // namespace venomous::chaos
