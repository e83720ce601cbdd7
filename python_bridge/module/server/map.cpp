#include "python_bridge/module/codec/codec.hpp"
#include "python_bridge/module/process/coarse_clock.hpp"
#include "python_bridge/module/server/serve.hpp"

#include "python_bridge/wire/results.hpp"

#include <cstring>
#include <stdexcept>

namespace py = pybind11;

namespace venomous::bridge {

namespace {

/// A snake runs one chunk for no longer than this, because others wait for it.
constexpr int64_t longest_chunk_ns = 50'000'000;

/// Takes the next piece, which follows its length, off `bytes`.
std::string_view take_part(std::string_view& bytes) {
  uint32_t length = 0;
  if (bytes.size() < sizeof(length))
    throw std::runtime_error{"the host sent a map that is cut off"};
  std::memcpy(&length, bytes.data(), sizeof(length));
  bytes.remove_prefix(sizeof(length));
  if (bytes.size() < length)
    throw std::runtime_error{"the host sent a map that is cut off"};
  auto result = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return result;
}

py::object decode_item(std::string_view bytes) {
  size_t offset = 0;
  auto result = decode(bytes, offset, "item");
  require(offset == bytes.size(), "there are bytes behind the item");
  return result;
}

py::object find_in(std::string_view name) {
  size_t offset = 0;
  return find(decode_name(name, offset));
}

/// The results of a chunk on their way. Those not sent yet are in the ledger,
/// where the host finds them if this process dies.
class outbox {
public:
  outbox(channel& to, ledger& shared, uint64_t id)
    : channel_(to), ledger_(shared), id_(id), last_sent_(coarse_now()) {
    begin(0);
  }

  /// Adds a result. Sends all results if there are too many, or if they have
  /// waited for long.
  /// @returns whether the other end still takes results.
  bool add(frame_kind kind, buffer& body) {
    auto size = result_head_size + body.size();
    if (size > ledger::capacity - size_ && !flush())
      return false;
    ++next_;
    if (size > ledger::capacity - size_)
      return send_alone(kind, body);
    append(kind, body);
    auto now = coarse_now();
    return now == last_sent_ || flush(now);
  }

  /// Sends all results.
  bool flush(int64_t now = coarse_now()) {
    last_sent_ = now;
    if (size_ == first_size)
      return true;
    channel_.compose().write(ledger_.results().data(), size_);
    auto open = channel_.send(frame_kind::results, id_);
    begin(next_);
    return open;
  }

  /// Tells the host that the rest of the chunk will not begin.
  bool stop() {
    if (!flush())
      return false;
    channel_.compose().write(ledger_.results().data(), first_size);
    return channel_.send(frame_kind::results, id_);
  }

  /// Returns the time of the last check whether results have waited for long.
  int64_t last_sent() const {
    return last_sent_;
  }

private:
  void begin(uint32_t first) {
    ledger_.clear();
    next_ = first;
    size_ = first_size;
    std::memcpy(ledger_.results().data(), &first, first_size);
  }

  void append(frame_kind kind, buffer& body) {
    auto* to = ledger_.results().data() + size_;
    to = write_head(to, {kind, static_cast<uint32_t>(body.size())});
    std::memcpy(to, body.data(), body.size());
    size_ += result_head_size + body.size();
    ledger_.publish(size_);
  }

  /// Sends a result that does not fit the ledger.
  bool send_alone(frame_kind kind, buffer& body) {
    last_sent_ = coarse_now();
    auto& out = channel_.compose();
    out.write(ledger_.results().data(), first_size);
    write_head(out.extend(result_head_size),
               {kind, static_cast<uint32_t>(body.size())});
    out.write(body.data(), body.size());
    auto open = channel_.send(frame_kind::results, id_);
    begin(next_);
    return open;
  }

  channel& channel_;
  ledger& ledger_;
  uint64_t id_;
  int64_t last_sent_;
  uint32_t next_ = 0;
  size_t size_ = 0;
};

} // namespace

bool server::map(const frame& x) {
  outbox out{channel_, ledger_, x.call_id};
  auto items = x.body;
  auto name = take_part(items);
  auto end = coarse_now() + longest_chunk_ns;
  py::object func;
  argument_converter convert;
  auto missing_kind = frame_kind::value;
  buffer missing;
  buffer result;
  while (!items.empty()) {
    // Otherwise the host has taken it back, and finished results with it.
    if (!ledger_.begin_item())
      return true;
    // The first item has already begun: looking the function up may end this
    // process.
    if (!func && missing_kind == frame_kind::value)
      missing_kind = attempt(missing, "the function", [&] {
        auto found = find_in(name);
        convert = argument_converter{found};
        func = std::move(found);
      });
    auto item = take_part(items);
    result.clear();
    auto kind = missing_kind;
    if (func)
      kind = attempt(result, "the item",
                     [&] { call_with(func, convert, item, result); });
    if (items.empty())
      channel_.release_body();
    if (!out.add(kind, func ? result : missing))
      return false;
    if (out.last_sent() >= end && !items.empty())
      return out.stop();
  }
  return out.flush();
}

void server::call_with(py::handle func, const argument_converter& convert,
                       std::string_view bytes, buffer& out) {
  auto item = decode_item(bytes);
  if (!current_hooks().decoder.is_none()) {
    auto decoder = current_hooks().decoder;
    item = decoder(item);
  }
  if (convert)
    item = convert(std::move(item));
  leave_if_forked();
  auto* args = item.ptr();
  encode(out, finish(own(PyObject_Vectorcall(func.ptr(), &args, 1, nullptr))),
         "result");
}

} // namespace venomous::bridge
