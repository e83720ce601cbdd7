#include "actors/worker/chunk_progress.hpp"

#include "python_bridge/wire/results.hpp"

#include <memory>
#include <string_view>
#include <utility>

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

std::optional<map_part> chunk_progress::report_unsent(const map_chunk& chunk,
                                                      const ledger& shared) {
  auto unsent = shared.finished();
  auto first = unsent ? first_result(*unsent) : std::nullopt;
  if (!unsent || (first && *first > done_))
    return std::nullopt;
  if (!first)
    return map_part{};
  frame_body body{std::make_shared_for_overwrite<char[]>(unsent->size()),
                  unsent->size()};
  unsent->copy(body.data.get(), unsent->size());
  return report(chunk, std::move(body), done_ - *first).value_or(map_part{});
}

/// @param known how many of these results are reported already.
/// @returns a report on no items if all of them are.
std::optional<map_part> chunk_progress::report(const map_chunk& chunk,
                                               frame_body body, size_t known) {
  std::string_view text{body.data.get(), body.size};
  auto first = first_result(text);
  auto count = count_results(text);
  if (!count || *first + known != done_ || *count < known
      || *count - known > chunk.count - done_)
    return std::nullopt;
  if (*count == known)
    return map_part{};
  auto result = advance(chunk, *count - known);
  result.content = std::move(body);
  result.known = known;
  return result;
}

map_part chunk_progress::report_failure(const map_chunk& chunk, size_t count,
                                        const caf::error& why) {
  auto result = advance(chunk, count);
  result.content = why;
  return result;
}

map_part chunk_progress::advance(const map_chunk& chunk, size_t count) {
  auto now = event_loop::clock::now();
  map_part result;
  result.chunk = chunk.first;
  result.first = done_;
  result.count = count;
  result.time = now - std::exchange(heard_, now);
  done_ += count;
  return result;
}

} // namespace venomous
