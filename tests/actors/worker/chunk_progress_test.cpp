#include "actors/worker/chunk_progress.hpp"

#include "tests/catch.hpp"

#include "python_bridge/wire/results.hpp"

#include <algorithm>
#include <string>

using namespace venomous;

namespace {

/// The body of a frame with results: the number of the first one, and as many
/// as `count` says.
std::string encoded_results(uint32_t first, size_t count) {
  std::string text(first_size + count * (result_head_size + 1), '\0');
  std::memcpy(text.data(), &first, sizeof(first));
  auto end = text.data() + first_size;
  for (size_t i = 0; i < count; ++i)
    end = write_head(end, {frame_kind::value, 1}) + 1;
  return text;
}

frame_body frame_body_of(const std::string& text) {
  frame_body result{std::make_shared<char[]>(text.size()), text.size()};
  std::ranges::copy(text, result.data.get());
  return result;
}

map_chunk chunk_of_items(size_t count) {
  return {nullptr, 100, count, {}};
}

void leave_in(ledger& shared, const std::string& text) {
  std::ranges::copy(text, shared.results().data());
  shared.publish(text.size());
}

} // namespace

TEST_CASE("results are reported with their place in the map",
          "[chunk_progress]") {
  chunk_progress x;
  auto chunk = chunk_of_items(5);
  auto part = x.report(chunk, frame_body_of(encoded_results(0, 2)));
  REQUIRE(part);
  CHECK(part->chunk == 100);
  CHECK(part->first == 0);
  CHECK(part->count == 2);
  part = x.report(chunk, frame_body_of(encoded_results(2, 3)));
  REQUIRE(part);
  CHECK(part->first == 2);
  CHECK(part->count == 3);
  CHECK(x.done() == 5);
}

TEST_CASE("results that cannot be true are refused", "[chunk_progress]") {
  chunk_progress x;
  auto chunk = chunk_of_items(3);
  // More than there are items.
  CHECK_FALSE(x.report(chunk, frame_body_of(encoded_results(0, 4))));
  // Not the next ones.
  CHECK_FALSE(x.report(chunk, frame_body_of(encoded_results(1, 1))));
  // Cut off.
  CHECK_FALSE(x.report(chunk, frame_body_of("\0\0")));
  auto cut = encoded_results(0, 1);
  cut.pop_back();
  CHECK_FALSE(x.report(chunk, frame_body_of(cut)));
  CHECK(x.done() == 0);
}

TEST_CASE("items that ended with their process are reported after the others",
          "[chunk_progress]") {
  chunk_progress x;
  auto chunk = chunk_of_items(3);
  REQUIRE(x.report(chunk, frame_body_of(encoded_results(0, 1))));
  auto part = x.report_failure(
    chunk, 2, caf::make_error(errc::python_died, std::string{"exited"}));
  CHECK(part.first == 1);
  CHECK(part.count == 2);
  CHECK(std::holds_alternative<caf::error>(part.content));
  CHECK(x.done() == 3);
}

TEST_CASE("results that a snake left in its ledger are reported once",
          "[chunk_progress]") {
  chunk_progress x;
  ledger shared;
  auto chunk = chunk_of_items(5);
  REQUIRE(x.report(chunk, frame_body_of(encoded_results(0, 2))));
  leave_in(shared, encoded_results(0, 4));
  auto part = x.report_unsent(chunk, shared);
  REQUIRE(part);
  CHECK(part->first == 2);
  CHECK(part->count == 2);
  CHECK(part->known == 2);
  part = x.report_unsent(chunk, shared);
  REQUIRE(part);
  CHECK(part->count == 0);
}

TEST_CASE("an empty ledger has nothing to report", "[chunk_progress]") {
  chunk_progress x;
  ledger shared;
  auto part = x.report_unsent(chunk_of_items(5), shared);
  REQUIRE(part);
  CHECK(part->count == 0);
}

TEST_CASE("results in the ledger that follow others show that those were sent",
          "[chunk_progress]") {
  chunk_progress x;
  ledger shared;
  leave_in(shared, encoded_results(2, 1));
  CHECK_FALSE(x.report_unsent(chunk_of_items(5), shared));
}

TEST_CASE("nonsense in the ledger is no result", "[chunk_progress]") {
  chunk_progress x;
  ledger shared;
  leave_in(shared, encoded_results(0, 9));
  auto part = x.report_unsent(chunk_of_items(5), shared);
  REQUIRE(part);
  CHECK(part->count == 0);
  CHECK(x.done() == 0);
}
