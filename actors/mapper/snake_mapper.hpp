#pragma once

#include "actors/base/interfaces.hpp"
#include "actors/base/pool_actor.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace venomous {

/// Runs one map: cuts the items into chunks, which wait in line as any call
/// does, and puts the results together. A chunk has as many items as are worth
/// the cost of handing it out, going by how long those before took.
///
/// Ends with the map, or with its caller, or when it is taken back. To the pool
/// it is the caller of its chunks: its end ends those that run.
class snake_mapper : public pool_actor {
public:
  snake_mapper(caf::actor_config& cfg, pool_context_ptr context,
               snake_manager_inner manager);

  const char* name() const override;

protected:
  caf::behavior start() override;

  bool redirect(bounced_request& request, const caf::message& content) override;

  void on_down(const caf::actor_addr& source,
               const caf::error& reason) override;

  void shut_down() override;

private:
  /// Items that have no result and are in no chunk.
  struct range {
    size_t first = 0;
    size_t count = 0;
    /// Their bytes among those of all items.
    size_t offset = 0;
    size_t size = 0;
  };

  /// A chunk on its way.
  struct flight {
    range items;
    size_t done = 0;
    event_loop::clock::duration time{0};
  };

  void begin(map_args args, const map_options& options);

  // -- chunks -----------------------------------------------------------------

  void send_chunks();

  void send_chunk(caf::timespan max_wait);

  range take(range& from, size_t n, size_t max_size);

  size_t wanted() const;

  size_t snakes() const;

  void measure(const flight& chunk);

  // -- answers ----------------------------------------------------------------

  void on_part(const map_part& part);

  void on_answered(size_t first);

  void on_failed(size_t first, const caf::error& why);

  void on_refused(const caf::error& why);

  void put_back(const flight& chunk);

  void proceed();

  // -- results ----------------------------------------------------------------

  void put(size_t index, frame_kind kind, const shared_buffer& all,
           std::string_view bytes);

  void fail(size_t first, size_t count, const caf::error& why);

  void tell_progress();

  void end(caf::error why);

  // -- member variables -------------------------------------------------------

  snake_manager_inner manager_;

  caf::typed_response_promise<map_results> promise_;
  std::shared_ptr<const map_args> args_;
  map_options options_;
  /// The last one is the next to be cut from.
  std::vector<range> todo_;
  size_t todo_size_ = 0;
  /// By their first items.
  std::map<size_t, flight> flights_;
  map_results results_;
  size_t done_ = 0;

  /// How long an item takes.
  std::chrono::duration<double> length_{0};
  /// How many a chunk may have at most.
  size_t max_size_ = 1;
  event_loop::clock::time_point told_;
};

} // namespace venomous
