#include "venomous/codec/number.hpp"

#include "python_bridge/wire/payload.hpp"

#include <cmath>
#include <cstring>
#include <string>

namespace venomous {

// -- complex ------------------------------------------------------------------

namespace {

template <class T, class From>
bool overflows(T rounded, From from) {
  return std::isinf(rounded) && !std::isinf(from);
}

/// Reads a Python complex.
bool get_parts(decoder& in, const detail::item& source,
               std::complex<double>& x) {
  double real = 0;
  double imag = 0;
  if (!wire::unpack(source.payload, real, imag))
    return in.malformed("a complex that is not valid");
  x = {real, imag};
  return true;
}

template <class T>
std::complex<long double> load(const std::string& bytes) {
  T parts[2];
  std::memcpy(parts, bytes.data(), sizeof(parts));
  return {parts[0], parts[1]};
}

/// Reads a numpy complex. Rounds parts that are longdoubles.
bool get_element(decoder& in, const detail::item& source,
                 std::complex<double>& x) {
  auto bytes = detail::scalar_of(source)->bytes;
  auto exact = bytes.size() == 2 * sizeof(float)    ? load<float>(bytes)
               : bytes.size() == 2 * sizeof(double) ? load<double>(bytes)
                                                    : load<long double>(bytes);
  x = std::complex<double>{exact};
  if (overflows(x.real(), exact.real()) || overflows(x.imag(), exact.imag()))
    return in.mismatch("complex", "clongdouble beyond it");
  return true;
}

} // namespace

void codec<std::complex<double>>::encode(encoder& out,
                                         const std::complex<double>& x) {
  out.put_payload(detail::kind::complex, wire::pack(x.real(), x.imag()));
}

bool codec<std::complex<double>>::decode(decoder& in, std::complex<double>& x) {
  detail::item source;
  if (!in.peek(source))
    return false;
  auto kind = detail::element_kind(source);
  if (kind == detail::kind::floating || kind == detail::kind::integer) {
    double real = 0;
    auto ok = detail::get_float(in, real);
    x = real;
    return ok;
  }
  if (kind != detail::kind::complex)
    return in.mismatch("complex", source);
  static_cast<void>(in.next(source));
  if (!(source.kind == kind ? get_parts(in, source, x)
                            : get_element(in, source, x)))
    return false;
  x = {in.number(x.real()), in.number(x.imag())};
  return true;
}

void codec<std::complex<float>>::encode(encoder& out,
                                        const std::complex<float>& x) {
  out.put(std::complex<double>{x});
}

bool codec<std::complex<float>>::decode(decoder& in, std::complex<float>& x) {
  std::complex<double> exact;
  if (!in.get(exact))
    return false;
  x = std::complex<float>{exact};
  if (overflows(x.real(), exact.real()) || overflows(x.imag(), exact.imag()))
    return in.mismatch("complex of single precision", "one beyond it");
  return true;
}

// -- Decimal ------------------------------------------------------------------

void codec<decimal>::encode(encoder& out, const decimal& x) {
  out.put_payload(detail::kind::decimal, x.text());
}

bool codec<decimal>::decode(decoder& in, decimal& x) {
  detail::item source;
  if (!next(in, source))
    return false;
  auto parsed = decimal::parse(source.payload);
  if (!parsed)
    return in.malformed("a Decimal that is not valid");
  x = std::move(*parsed);
  return true;
}

// -- range --------------------------------------------------------------------

void codec<range>::encode(encoder& out, const range& x) {
  out.put_elements(detail::kind::range, 3, [&] {
    for (auto end : {x.start, x.stop, x.step})
      out.put_int(end);
  });
}

bool codec<range>::decode(decoder& in, range& x) {
  detail::item head;
  if (!next(in, head))
    return false;
  if (head.count != 3)
    return in.malformed("a range that is not start, stop and step");
  constexpr const char* names[] = {"start", "stop", "step"};
  int64_t* ends[] = {&x.start, &x.stop, &x.step};
  return in.each(head, [&](uint32_t i) {
    return in.get(*ends[i]) || in.in_field(names[i]);
  }) && (x.step != 0 || in.malformed("a range whose step is 0"));
}

} // namespace venomous
