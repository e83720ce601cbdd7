#include "actors/mapper/snake_mapper.hpp"

#include "actors/base/outcome.hpp"
#include "actors/base/pool_errors.hpp"
#include "base/map_items.hpp"

#include "python_bridge/wire/results.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace venomous {

namespace {

using namespace std::chrono_literals;

// How long a chunk should take: handing it out costs a fraction of a
// millisecond, and others wait this long for their turn.
constexpr std::chrono::duration<double> target = 20ms;

// The first items may be shorter than the others.
constexpr size_t max_growth = 16;

// A snake does not begin before all of a chunk is there.
constexpr size_t longest_chunk = size_t{4} << 20;

// An observer has no use for more.
constexpr auto progress_interval = 10ms;

} // namespace

snake_mapper::snake_mapper(caf::actor_config& cfg, pool_context_ptr context,
                           snake_manager_inner manager)
  : pool_actor(cfg, std::move(context), errc::shutting_down),
    manager_(std::move(manager)) {
  // nop
}

const char* snake_mapper::name() const {
  return "snake_mapper";
}

caf::behavior snake_mapper::start() {
  snake_mapper_actor::behavior_type result{
    [this](python_map_atom, map_args& args, const map_options& options) {
      begin(std::move(args), options);
      return promise_;
    },
    [this](results_atom, const map_part& part) { on_part(part); },
    [this](cancel_atom, call_token) {
      end(caf::make_error(errc::cancelled,
                          std::string{"the map was taken back"}));
      return true;
    },
  };
  return std::move(result.unbox());
}

bool snake_mapper::redirect(bounced_request& request,
                            const caf::message& content) {
  if (!content.match_elements<cancel_atom, call_token>())
    return false;
  request.deliver(false);
  return true;
}

void snake_mapper::on_down(const caf::actor_addr&, const caf::error&) {
  finish();
}

void snake_mapper::shut_down() {
  if (promise_.pending())
    promise_.deliver(shutting_down_error());
  manager_ = nullptr;
}

void snake_mapper::begin(map_args args, const map_options& options) {
  auto caller = current_sender();
  promise_ = make_response_promise<map_results>();
  if (caller)
    monitor(caller->address());
  args_ = std::make_shared<const map_args>(std::move(args));
  options_ = options;
  todo_size_ = args_->size();
  todo_.push_back({0, todo_size_, 0, args_->items().bytes().size()});
  detail::resize_fresh(results_.values, todo_size_);
  // Only the first chunk may give up: once a snake works on the map, others
  // become free as well.
  send_chunk(options_.max_wait);
  send_chunks();
}

// -- chunks -------------------------------------------------------------------

void snake_mapper::send_chunks() {
  // The second one of each snake waits in line while the first one runs, unless
  // fewer snakes may work on this than there can be.
  auto limited = snakes() < pool()->options.max_children;
  auto window = limited ? snakes() : 2 * snakes();
  while (flights_.size() < window && todo_size_ > 0)
    send_chunk(forever);
}

void snake_mapper::send_chunk(caf::timespan max_wait) {
  auto& from = todo_.back();
  auto max_bytes = std::min(longest_chunk, pool()->options.max_frame_mb << 20);
  auto items = take(from, wanted(), max_bytes);
  if (from.count == 0)
    todo_.pop_back();
  todo_size_ -= items.count;
  flights_.emplace(items.first, flight{items});
  shared_buffer all{args_, args_->items().bytes().data()};
  job chunk{map_chunk{args_, items.first, items.count,
                      value::from_buffer(all, items.offset, items.size)}};
  python_options options{
    .timeout = options_.timeout, .busy = when_busy::wait, .max_wait = max_wait};
  request(manager_, caf::infinite, run_atom{}, std::move(chunk), options)
    .then([this, first = items.first](const value&) { on_answered(first); },
          [this, first = items.first](const caf::error& why) {
            on_failed(first, why);
          });
}

/// Takes `n` items at most off `from`: one, and others while they take no more
/// than `max_size` bytes together.
snake_mapper::range snake_mapper::take(range& from, size_t n, size_t max_size) {
  range result{from.first, 0, from.offset, 0};
  auto items = args_->items().bytes().subspan(from.offset, from.size);
  n = std::min(n, from.count);
  while (result.count < n) {
    auto size = size_of_item(items.subspan(result.size));
    if (result.count > 0 && result.size + size > max_size)
      break;
    result.size += size;
    ++result.count;
  }
  from.first += result.count;
  from.count -= result.count;
  from.offset += result.size;
  from.size -= result.size;
  return result;
}

/// Returns how many items the next chunk should have.
size_t snake_mapper::wanted() const {
  // No snake is to be busy for long when the others have nothing left.
  auto places = 2 * snakes();
  auto share = (todo_size_ + places - 1) / places;
  auto size = max_size_;
  if (length_ * static_cast<double>(size) > target)
    size = static_cast<size_t>(target / length_);
  return std::max<size_t>(std::min(share, size), 1);
}

/// Returns how many snakes may work on this at a time.
size_t snake_mapper::snakes() const {
  auto all = pool()->options.max_children;
  return options_.snakes == 0 ? all : std::min(options_.snakes, all);
}

void snake_mapper::measure(const flight& chunk) {
  std::chrono::duration<double> each = chunk.time;
  each /= static_cast<double>(chunk.done);
  length_ = length_.count() == 0 ? each : (length_ + each) / 2;
  max_size_ = std::max(max_size_, chunk.done * max_growth);
}

// -- answers ------------------------------------------------------------------

void snake_mapper::on_part(const map_part& part) {
  auto& chunk = flights_.at(part.chunk);
  chunk.done += part.count;
  chunk.time += part.time;
  auto index = part.chunk + part.first;
  if (auto why = std::get_if<caf::error>(&part.content)) {
    fail(index, part.count, *why);
  } else {
    auto& body = std::get<frame_body>(part.content);
    shared_buffer all{body.data};
    auto known = part.known;
    auto left = part.count;
    each_result({all.get(), body.size},
                [&](frame_kind kind, std::string_view bytes) {
                  if (known > 0)
                    --known;
                  else if (left > 0) {
                    --left;
                    put(index++, kind, all, bytes);
                  }
                });
    // The worker has counted them, but they lie where the snake can still
    // write.
    if (left > 0)
      fail(index, left,
           caf::make_error(errc::python_died,
                           std::string{"the snake has spoiled its results"}));
  }
  if (event_loop::clock::now() - told_ >= progress_interval)
    tell_progress();
}

void snake_mapper::on_answered(size_t first) {
  auto chunk = std::move(flights_.extract(first).mapped());
  if (chunk.done > 0)
    measure(chunk);
  put_back(chunk);
  tell_progress();
  proceed();
}

void snake_mapper::on_failed(size_t first, const caf::error& why) {
  auto code = code_of(why);
  // The first one has waited for too long, or the pool ends.
  if (code == errc::no_snake || code == errc::shutting_down)
    return end(why);
  auto chunk = std::move(flights_.extract(first).mapped());
  if (code == errc::start_failed || code == errc::queue_full) {
    put_back(chunk);
    return on_refused(why);
  }
  fail(first + chunk.done, chunk.items.count - chunk.done, why);
  proceed();
}

/// There is no place for a chunk. There may be one when another chunk is done.
void snake_mapper::on_refused(const caf::error& why) {
  if (!flights_.empty())
    return;
  if (done_ == 0)
    return end(why);
  for (auto& left : std::exchange(todo_, {}))
    fail(left.first, left.count, why);
  todo_size_ = 0;
  proceed();
}

/// Makes what is left of a chunk available to others.
void snake_mapper::put_back(const flight& chunk) {
  if (chunk.done == chunk.items.count)
    return;
  auto left = chunk.items;
  take(left, chunk.done, left.size);
  todo_.push_back(left);
  todo_size_ += left.count;
}

void snake_mapper::proceed() {
  send_chunks();
  if (!flights_.empty())
    return;
  std::ranges::sort(results_.errors, {}, &map_error::index);
  promise_.deliver(std::move(results_));
  finish();
}

// -- results ------------------------------------------------------------------

void snake_mapper::put(size_t index, frame_kind kind, const shared_buffer& all,
                       std::string_view bytes) {
  auto offset = static_cast<size_t>(bytes.data() - all.get());
  auto content = value::from_buffer(all, offset, bytes.size());
  ++done_;
  if (kind == frame_kind::value) {
    results_.values[index] = std::move(content);
    return;
  }
  auto why =
    caf::make_error(errc::python_exception,
                    snake_error{"?", "the snake has sent no exception", ""});
  if (auto outcome = outcome_of(kind, std::move(content)))
    why = std::move(outcome->error());
  results_.errors.push_back({index, std::move(why)});
}

void snake_mapper::fail(size_t first, size_t count, const caf::error& why) {
  for (size_t i = 0; i < count; ++i)
    results_.errors.push_back({first + i, why});
  done_ += count;
}

void snake_mapper::tell_progress() {
  told_ = event_loop::clock::now();
  if (options_.observer)
    send(options_.observer, map_progress_atom_v, options_.token,
         uint64_t{done_}, uint64_t{args_->size()});
}

void snake_mapper::end(caf::error why) {
  promise_.deliver(std::move(why));
  finish();
}

} // namespace venomous
