#include "picture.hpp"

#include "../failure.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <ios>
#include <istream>
#include <limits>
#include <string>

namespace {

/// Reads a number above 0 of the header, which comments may precede.
size_t read_number(std::istream& in) {
  while ((in >> std::ws).peek() == '#')
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  // A stream takes -1 for the largest number if it may not be negative.
  int64_t result = 0;
  if (in >> result && result <= 0)
    in.setstate(std::ios::failbit);
  return static_cast<size_t>(result);
}

/// Something round or angular around a point.
struct shape {
  bool round;
  int row;
  int column;
  /// How far it reaches from there.
  int reach;
  std::array<uint8_t, 3> color;

  bool covers(int y, int x) const {
    auto dy = std::abs(y - row);
    auto dx = std::abs(x - column);
    return round ? dy * dy + dx * dx <= reach * reach
                 : dy <= reach && dx <= reach;
  }
};

constexpr shape sample[] = {
  {true, 120, 160, 70, {200, 40, 40}},  {false, 110, 430, 60, {40, 90, 200}},
  {true, 340, 300, 50, {240, 200, 50}}, {false, 360, 110, 35, {60, 160, 70}},
  {true, 330, 540, 20, {150, 60, 170}},
};

constexpr size_t sample_height = 480;

constexpr size_t sample_width = 640;

} // namespace

venomous::ndarray make_picture(const venomous::shared_arena& arena,
                               size_t height, size_t width) {
  auto result = arena.allocate<uint8_t>({height, width, 3});
  if (!result)
    throw failure{result.error()};
  return std::move(*result);
}

pixels pixels_of(venomous::ndarray& picture) {
  return *picture.mutable_view<uint8_t, 3>();
}

venomous::ndarray read_picture(const std::filesystem::path& path,
                               const venomous::shared_arena& arena) {
  std::ifstream in{path, std::ios::binary};
  std::array<char, 2> magic{};
  in.read(magic.data(), magic.size());
  auto width = read_number(in);
  auto height = read_number(in);
  auto maximum = read_number(in);
  in.get(); // the end of the header
  if (!in || magic != std::array{'P', '6'} || maximum != 255)
    throw failure{path.string() + ": expected a PPM file (P6, 8 bits)"};
  auto result = make_picture(arena, height, width);
  auto bytes = *result.mutable_span<uint8_t>();
  in.read(reinterpret_cast<char*>(bytes.data()),
          static_cast<std::streamsize>(bytes.size()));
  if (!in)
    throw failure{path.string() + ": expected " + std::to_string(bytes.size())
                  + " bytes of pixels, got " + std::to_string(in.gcount())};
  return result;
}

void write_picture(const std::filesystem::path& path,
                   const venomous::ndarray& picture) {
  std::ofstream out{path, std::ios::binary};
  out << "P6\n" << picture.shape()[1] << ' ' << picture.shape()[0] << "\n255\n";
  auto bytes = *picture.span<uint8_t>();
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  if (!out.flush())
    throw failure{path.string() + ": cannot be written"};
}

venomous::ndarray draw_sample(const venomous::shared_arena& arena) {
  auto result = make_picture(arena, sample_height, sample_width);
  auto to = pixels_of(result);
  for (size_t y = 0; y < sample_height; ++y) {
    for (size_t x = 0; x < sample_width; ++x) {
      std::array<uint8_t, 3> color{225, 225, 220};
      for (auto& each : sample)
        if (each.covers(static_cast<int>(y), static_cast<int>(x)))
          color = each.color;
      for (size_t i = 0; i < color.size(); ++i)
        to(y, x, i) = color[i];
    }
  }
  return result;
}
