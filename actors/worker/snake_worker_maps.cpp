#include "actors/worker/snake_worker.hpp"

#include "python_bridge/wire/results.hpp"

#include <algorithm>
#include <string_view>

/// @file
/// How a worker passes on the results of chunks, and tells after a crash which
/// items were finished, begun, or neither.

namespace venomous {

namespace {

/// Counts the results in `body` if they are well-formed.
std::optional<size_t> count_results(std::string_view body) {
  size_t n = 0;
  if (!each_result(body, [&](frame_kind, std::string_view) { ++n; }))
    return std::nullopt;
  return n;
}

} // namespace

void snake_worker::on_results(uint64_t id, frame_body body) {
  if (!runs(id))
    return;
  prove();
  auto& what = sent_[0];
  auto before = what.done;
  if (!what.what.chunk()
      || !take_results(what, std::move(body), 0)
      // It may stop early, but not without having done anything.
      || what.done == 0)
    return on_broken_protocol();
  if (what.done < what.what.chunk()->count && what.done > before)
    return set_deadline();
  connection_->forget(what.key.number);
  answered_.emplace_back(std::move(what), value{});
  sent_.pop_front();
}

/// Passes results on, save for the first ones that are known already.
/// @returns whether they are what they should be.
bool snake_worker::take_results(call& what, frame_body body, size_t known) {
  std::string_view text{body.data.get(), body.size};
  auto first = first_result(text);
  auto count = count_results(text);
  auto left = what.what.chunk()->count - what.done;
  if (!count || *first + known != what.done || *count < known
      || *count - known > left)
    return false;
  if (*count > known)
    tell(what, {0, 0, *count - known, std::move(body), known});
  return true;
}

/// Tells what became of the next items.
void snake_worker::tell(call& what, map_part part) {
  auto now = event_loop::clock::now();
  part.chunk = what.what.chunk()->first;
  part.first = what.done;
  part.time = now - std::exchange(heard_, now);
  what.done += part.count;
  send(caf::actor_cast<snake_mapper_actor>(what.promise.source()),
       results_atom{}, std::move(part));
}

/// Takes what the process has finished and not sent.
/// @returns whether nothing was sent meanwhile.
bool snake_worker::take_unsent() {
  auto& what = sent_[0];
  auto unsent = ledger_->finished();
  auto first = unsent ? first_result(*unsent) : std::nullopt;
  if (!unsent || (first && *first > what.done))
    return false;
  if (!first)
    return true;
  frame_body body{std::make_shared_for_overwrite<char[]>(unsent->size()),
                  unsent->size()};
  unsent->copy(body.data.get(), unsent->size());
  // If it is nonsense, nothing was finished.
  take_results(what, std::move(body), what.done - *first);
  return true;
}

/// Ends the first call, which its process will not. Of a chunk what is finished
/// stays so, what is begun ends by `why`, and the rest is free for others.
void snake_worker::break_off(const caf::error& why) {
  auto key = sent_[0].key;
  std::optional<uint32_t> begun;
  if (sent_[0].what.chunk() && code_of(why) != errc::shutting_down)
    begun = ledger_->revoke_items(key.number);
  auto taken = !begun;
  for (auto attempts = 4; !taken && attempts > 0; --attempts) {
    connection_->drain();
    if (sent_.empty() || sent_[0].key.id != key.id)
      return;
    taken = take_unsent();
  }
  auto what = std::move(sent_[0]);
  sent_.pop_front();
  on_first_changed();
  if (!begun)
    return what.promise.deliver(verdict(what, why));
  auto end = std::min<size_t>(*begun, what.what.chunk()->count);
  if (end > what.done)
    tell(what, {0, 0, end - what.done, why});
  what.promise.deliver(value{});
}

} // namespace venomous
