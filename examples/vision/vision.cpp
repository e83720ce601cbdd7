// Finds the objects in pictures, and writes pictures that show them. Python
// does the finding, in vision.py, with numpy. It sees the pixels where C++ has
// put them, and writes there which object each of them belongs to: neither is
// copied, however large a picture is.

#include "../failure.hpp"
#include "../parse_arguments.hpp"
#include "picture.hpp"

#include <caf/all.hpp>
#include <venomous/venomous.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

// -- what goes to vision.py and back ------------------------------------------

struct settings {
  double contrast = 60;
  size_t min_area = 30;
  MSGPACK_DEFINE_MAP(contrast, min_area)
};

struct box {
  size_t left = 0;
  size_t top = 0;
  size_t right = 0;
  size_t bottom = 0;
  MSGPACK_DEFINE_MAP(left, top, right, bottom)
};

struct found {
  int32_t label = 0;
  size_t area = 0;
  struct box box;
  std::array<double, 3> color{};
  MSGPACK_DEFINE_MAP(label, area, box, color)
};

// -- options ------------------------------------------------------------------

class vision_config : public venomous::config {
public:
  std::vector<std::string> pictures;

  std::string out = ".";

  settings what;

  caf::error parse(int argc, char** argv, const char* default_file) {
    if (auto err = config::parse(argc, argv, default_file))
      return err;
    pool.module_paths.push_back(EXAMPLE_DIR);
    pool.preload.push_back("vision");
    CLI::App app{"Finds the objects in pictures.", "vision"};
    app
      .add_option("pictures", pictures,
                  "PPM files; without any, a sample is drawn")
      ->check(CLI::ExistingFile);
    app.add_option("--out", out, "the folder to write to")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
    app.add_option("--contrast", what.contrast, "to the background, up to 441")
      ->capture_default_str();
    app.add_option("--min-area", what.min_area, "of an object, in pixels")
      ->capture_default_str();
    return parse_arguments(app, *this);
  }
};

// -- pictures -----------------------------------------------------------------

struct picture {
  fs::path name;
  venomous::ndarray colors;
  /// Which object each pixel belongs to, as Python says.
  venomous::ndarray labels;
};

picture with_labels(fs::path name, venomous::ndarray colors,
                    const venomous::shared_arena& arena) {
  auto& shape = colors.shape();
  auto labels = arena.allocate<int32_t>({shape[0], shape[1]});
  if (!labels)
    throw failure{labels.error()};
  return {std::move(name), std::move(colors), std::move(*labels)};
}

std::vector<picture> all_pictures(const vision_config& cfg,
                                  const venomous::shared_arena& arena) {
  std::vector<picture> result;
  for (fs::path path : cfg.pictures)
    result.push_back(
      with_labels(path.filename(), read_picture(path, arena), arena));
  if (result.empty())
    result.push_back(with_labels("sample.ppm", draw_sample(arena), arena));
  return result;
}

/// Darkens what belongs to no object, and draws a box around each one.
void show(picture& in, const std::vector<found>& objects) {
  auto to = pixels_of(in.colors);
  auto labels = *in.labels.view<int32_t, 2>();
  auto height = to.extent(0);
  auto width = to.extent(1);
  for (size_t y = 0; y < height; ++y)
    for (size_t x = 0; x < width; ++x)
      for (size_t i = 0; i < 3 && labels(y, x) == 0; ++i)
        to(y, x, i) = static_cast<uint8_t>(to(y, x, i) / 2);
  auto mark = [&](size_t y, size_t x) {
    to(y, x, 0) = to(y, x, 1) = to(y, x, 2) = 255;
  };
  for (auto& each : objects) {
    auto& [left, top, right, bottom] = each.box;
    if (right >= width || bottom >= height)
      throw failure{in.name.string() + ": an object lies outside of it"};
    for (auto x = left; x <= right; ++x)
      mark(top, x), mark(bottom, x);
    for (auto y = top; y <= bottom; ++y)
      mark(y, left), mark(y, right);
  }
}

void print(const picture& in, const std::vector<found>& objects) {
  std::cout << in.name.string() << ": " << objects.size() << " objects\n";
  for (auto& [label, area, where, color] : objects)
    std::cout << "  " << label << ": " << area << " pixels, columns "
              << where.left << " to " << where.right << ", rows " << where.top
              << " to " << where.bottom << ", color " << std::lround(color[0])
              << ' ' << std::lround(color[1]) << ' ' << std::lround(color[2])
              << '\n';
}

// -- main ---------------------------------------------------------------------

void find_objects(venomous::pool& pool, const vision_config& cfg) {
  using namespace venomous;
  caf::scoped_actor self{pool.system()};
  auto pictures = all_pictures(cfg, pool.arena());
  // All are asked for at once, so that all snakes have something to do.
  auto ask = [&](const picture& in) {
    snake_args args{"vision", "find", in.colors, in.labels, cfg.what};
    return self->request(pool.manager(), caf::infinite, python_atom_v,
                         std::move(args),
                         python_options{.busy = when_busy::wait});
  };
  std::vector<decltype(ask(pictures.front()))> answers;
  for (auto& in : pictures)
    answers.push_back(ask(in));
  for (size_t i = 0; i < pictures.size(); ++i) {
    auto& in = pictures[i];
    std::vector<found> objects;
    answers[i].receive(
      [&](const value& result) {
        auto records = result.as<std::vector<found>>();
        if (!records)
          throw failure{records.error(), in.name.string() + ": "};
        objects = std::move(*records);
      },
      [&](const caf::error& why) {
        throw failure{why, in.name.string() + ": "};
      });
    print(in, objects);
    show(in, objects);
    auto file = in.name.stem().string() + ".found.ppm";
    write_picture(fs::path{cfg.out} / file, in.colors);
  }
}

int run(venomous::pool& pool, const vision_config& cfg) {
  try {
    find_objects(pool, cfg);
    return 0;
  } catch (const std::exception& ex) {
    std::cerr << "vision: " << ex.what() << std::endl;
    return 1;
  }
}

} // namespace

int main(int argc, char** argv) {
  return venomous::exec_main<vision_config>(argc, argv, run);
}
