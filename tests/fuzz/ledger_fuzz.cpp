/// @file
/// What the host reads out of a ledger that the snake can write to as it likes:
/// the results that a chunk has finished, and what is begun.
///
/// Input: the words of the ledger, then the results in it.

#include "tests/fuzz/fuzz.hpp"

#include "python_bridge/memory/ledger.hpp"
#include "python_bridge/wire/results.hpp"
#include "venomous/value.hpp"

#include <sys/mman.h>

using namespace venomous;
using namespace venomous::fuzz;

namespace {

constexpr size_t words_size = 3 * sizeof(uint64_t);
constexpr size_t results_offset = 4096;

struct forged_ledger {
  ledger host;
  char* memory;

  forged_ledger() {
    auto fd = host.release_descriptor();
    auto mapped = ::mmap(nullptr, ledger::size(), PROT_READ | PROT_WRITE,
                         MAP_SHARED, fd.get(), 0);
    require(mapped != MAP_FAILED, "the snake can map the ledger");
    memory = static_cast<char*>(mapped);
  }

  void forge(std::string_view words, std::string_view results) {
    std::memset(memory, 0, words_size);
    std::memcpy(memory, words.data(), words.size());
    // Until the next run most of it stays what it was: zeroes.
    std::memset(memory + results_offset, 0, 4096);
    std::memcpy(memory + results_offset, results.data(),
                std::min(results.size(), ledger::capacity));
  }
};

void read_results(const std::string& body) {
  size_t seen = first_size;
  first_result(body);
  auto sound = each_result(body, [&](frame_kind kind, std::string_view result) {
    require(kind >= frame_kind::value && kind <= frame_kind::unencodable,
            "each result is of a kind for results");
    seen += result_head_size;
    require(result.data() == body.data() + seen,
            "each result follows the one before");
    seen += result.size();
    to_string(value::from_bytes(std::string{result}));
  });
  require(!sound || seen == body.size(), "sound results have nothing behind");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static forged_ledger shared;
  input in{data, size};
  auto words = in.take(words_size);
  shared.forge(words, in.rest());
  auto finished = shared.host.finished();
  require(finished.has_value(), "nothing was sent meanwhile");
  require(finished->size() <= ledger::capacity, "results have their limit");
  read_results(*finished);
  auto begun = shared.host.last_begun();
  shared.host.revoke_items(begun);
  require(shared.host.revoke(begun) == begun, "what is begun stays begun");
  return 0;
}
