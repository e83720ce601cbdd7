#pragma once

#include <venomous/shared_arena.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>

/// Red, green and blue of each pixel: height x width x 3.
using pixels = venomous::array_view<uint8_t, 3>;

/// Allocates a picture in memory that snakes see in place.
/// @throws failure if there is no room.
venomous::ndarray make_picture(const venomous::shared_arena& arena,
                               size_t height, size_t width);

/// Returns access to a picture.
pixels pixels_of(venomous::ndarray& picture);

/// Reads a PPM file (P6, 8 bits) into memory that snakes see in place.
/// @throws failure if it is none, or there is no room.
venomous::ndarray read_picture(const std::filesystem::path& path,
                               const venomous::shared_arena& arena);

/// Writes a PPM file.
/// @throws failure if it cannot be written.
void write_picture(const std::filesystem::path& path,
                   const venomous::ndarray& picture);

/// Draws some discs and boxes.
/// @throws failure if there is no room.
venomous::ndarray draw_sample(const venomous::shared_arena& arena);
