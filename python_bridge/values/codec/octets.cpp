#include "venomous/codec/octets.hpp"

#include "python_bridge/wire/payload.hpp"

#include <cstring>

namespace venomous {

namespace {

std::string_view view(std::span<const std::byte> x) {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

} // namespace

void codec<bytearray>::encode(encoder& out, const bytearray& x) {
  out.put_payload(detail::kind::bytearray, view(x.data));
}

bool codec<bytearray>::decode(decoder& in, bytearray& x) {
  detail::item source;
  if (!next(in, source))
    return false;
  auto first = reinterpret_cast<const std::byte*>(source.payload.data());
  x.data.assign(first, first + source.payload.size());
  return true;
}

void codec<uuid>::encode(encoder& out, const uuid& x) {
  out.put_payload(detail::kind::uuid, view(x.bytes));
}

bool codec<uuid>::decode(decoder& in, uuid& x) {
  detail::item source;
  if (!next(in, source))
    return false;
  if (source.payload.size() != x.bytes.size())
    return in.malformed("a UUID that does not have 16 bytes");
  std::memcpy(x.bytes.data(), source.payload.data(), x.bytes.size());
  return true;
}

void codec<std::filesystem::path>::encode(encoder& out,
                                          const std::filesystem::path& x) {
  out.put_payload(detail::kind::path,
                  static_cast<char>(wire::path_class::posix) + x.native());
}

bool codec<std::filesystem::path>::decode(decoder& in,
                                          std::filesystem::path& x) {
  detail::item source;
  if (!next(in, source))
    return false;
  auto type = wire::take_path_class(source.payload);
  if (!type)
    return in.malformed("a path of an unknown class");
  if (*type == wire::path_class::pure_windows)
    return in.mismatch("Path of this system", "PureWindowsPath");
  x = source.payload;
  return true;
}

} // namespace venomous
