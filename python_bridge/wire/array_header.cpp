#include "python_bridge/wire/array_header.hpp"

#include <msgpack.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace venomous {

namespace {

/// Stream of `msgpack::packer`.
struct text_stream {
  std::string& out;

  void write(const char* data, size_t size) {
    out.append(data, size);
  }
};

/// Reads the few kinds of MessagePack in a header.
class reader {
public:
  explicit reader(std::string_view data) : data_(data) {
    // nop
  }

  std::string_view rest() const {
    return data_;
  }

  bool at_text() const {
    auto tag = data_.empty() ? 0 : static_cast<uint8_t>(data_[0]);
    return (tag & 0xe0) == 0xa0 || (tag >= 0xd9 && tag <= 0xdb);
  }

  std::optional<size_t> list() {
    return head(0x90, 0x0f, {0, 0xdc, 0xdd, 0});
  }

  std::optional<std::string_view> text() {
    auto size = head(0xa0, 0x1f, {0xd9, 0xda, 0xdb, 0});
    if (!size || *size > data_.size())
      return std::nullopt;
    auto result = data_.substr(0, *size);
    data_.remove_prefix(*size);
    return result;
  }

  std::optional<size_t> number() {
    return head(0x00, 0x7f, {0xcc, 0xcd, 0xce, 0xcf});
  }

private:
  struct tags {
    /// Tags with a number of 1, 2, 4 or 8 bytes behind them. Lists have none of
    /// 1 byte, so theirs of 2 and 4 bytes come second and third.
    uint8_t one, two, four, eight;
  };

  std::optional<size_t> head(uint8_t small, uint8_t mask, tags long_ones) {
    if (data_.empty())
      return std::nullopt;
    auto tag = static_cast<uint8_t>(data_[0]);
    data_.remove_prefix(1);
    if ((tag & ~mask & 0xff) == small)
      return tag & mask;
    if (tag == 0)
      return std::nullopt;
    auto size = tag == long_ones.one     ? 1u
                : tag == long_ones.two   ? 2u
                : tag == long_ones.four  ? 4u
                : tag == long_ones.eight ? 8u
                                         : 0u;
    if (size == 0 || data_.size() < size)
      return std::nullopt;
    uint64_t result = 0;
    for (auto c : data_.substr(0, size))
      result = result << 8 | static_cast<uint8_t>(c);
    data_.remove_prefix(size);
    return result;
  }

  std::string_view data_;
};

std::optional<std::vector<size_t>> read_shape(reader& in) {
  auto size = in.list();
  if (!size || *size > array_header::max_dimensions)
    return std::nullopt;
  std::vector<size_t> result;
  for (size_t i = 0; i < *size; ++i) {
    auto extent = in.number();
    if (!extent)
      return std::nullopt;
    result.push_back(*extent);
  }
  return result;
}

std::optional<dtype> read_dtype(reader& in, size_t depth);

std::optional<dtype::field> read_field(reader& in, size_t depth) {
  if (in.list() != size_t{4})
    return std::nullopt;
  auto name = in.text();
  auto type = name ? read_dtype(in, depth) : std::nullopt;
  auto offset = type ? in.number() : std::nullopt;
  auto shape = offset ? read_shape(in) : std::nullopt;
  if (!shape)
    return std::nullopt;
  return dtype::field{std::string{*name}, *std::move(type), *offset,
                      *std::move(shape)};
}

std::optional<dtype> read_dtype(reader& in, size_t depth) {
  if (in.at_text())
    return dtype::from_text(in.text().value_or(""));
  if (depth == dtype::max_depth || in.list() != size_t{2})
    return std::nullopt;
  auto itemsize = in.number();
  auto count = itemsize ? in.list() : std::nullopt;
  if (!count)
    return std::nullopt;
  std::vector<dtype::field> fields;
  for (size_t i = 0; i < *count; ++i) {
    auto next = read_field(in, depth + 1);
    if (!next)
      return std::nullopt;
    fields.push_back(*std::move(next));
  }
  return dtype::structured(std::move(fields), *itemsize);
}

using packer = msgpack::packer<text_stream>;

void write_text(packer& out, std::string_view text) {
  out.pack_str(static_cast<uint32_t>(text.size()));
  out.pack_str_body(text.data(), static_cast<uint32_t>(text.size()));
}

void write_shape(packer& out, const std::vector<size_t>& shape) {
  out.pack_array(static_cast<uint32_t>(shape.size()));
  for (auto extent : shape)
    out.pack_uint64(extent);
}

void write_dtype(packer& out, const dtype& type) {
  if (!type.is_structured())
    return write_text(out, to_string(type));
  out.pack_array(2);
  out.pack_uint64(type.itemsize());
  out.pack_array(static_cast<uint32_t>(type.fields().size()));
  for (auto& x : type.fields()) {
    out.pack_array(4);
    write_text(out, x.name);
    write_dtype(out, x.type);
    out.pack_uint64(x.offset);
    write_shape(out, x.shape);
  }
}

} // namespace

const char* array_header::read(std::string_view& payload,
                               std::optional<size_t> attached) {
  reader in{payload};
  if (in.list() != size_t{3})
    return "an array without a header";
  auto its_type = read_dtype(in, 0);
  if (!its_type)
    return "an array of an unknown dtype";
  auto its_shape = read_shape(in);
  if (!its_shape)
    return "an array of an impossible shape";
  auto its_flags = in.number();
  if (!its_flags || (*its_flags & ~size_t{all_flags}) != 0)
    return "an array with unknown flags";
  auto size = bytes_in_shape(its_type->itemsize(), *its_shape);
  if (!size)
    return "an array larger than memory";
  type = *std::move(its_type);
  shape = *std::move(its_shape);
  flags = static_cast<uint32_t>(*its_flags);
  nbytes = *size;
  if (has(scalar) && !shape.empty())
    return "a scalar that has a shape";
  payload = in.rest();
  if (attached.value_or(payload.size()) != nbytes
      || (attached && !payload.empty()))
    return "an array whose elements are not as long as its shape";
  return nullptr;
}

void array_header::write(std::string& out) const {
  text_stream stream{out};
  packer to{stream};
  to.pack_array(3);
  write_dtype(to, type);
  write_shape(to, shape);
  to.pack_uint32(flags);
}

std::vector<ptrdiff_t> packed_strides(size_t itemsize,
                                      std::span<const size_t> shape,
                                      bool fortran_order) {
  std::vector<ptrdiff_t> result(shape.size());
  auto stride = itemsize;
  for (size_t i = 0; i < shape.size(); ++i) {
    auto axis = fortran_order ? i : shape.size() - 1 - i;
    result[axis] = static_cast<ptrdiff_t>(stride);
    stride *= std::max<size_t>(shape[axis], 1);
  }
  return result;
}

bool are_packed(std::span<const ptrdiff_t> strides, size_t itemsize,
                std::span<const size_t> shape, bool fortran_order) {
  if (std::ranges::find(shape, size_t{0}) != shape.end())
    return true;
  auto packed = packed_strides(itemsize, shape, fortran_order);
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] > 1 && strides[i] != packed[i])
      return false;
  return true;
}

void swap_bytes(const dtype& type, std::span<char> elements) {
  auto size = type.kind() == 'c'   ? type.itemsize() / 2
              : type.kind() == 'U' ? sizeof(char32_t)
                                   : type.itemsize();
  for (size_t at = 0; at + size <= elements.size(); at += size)
    std::ranges::reverse(elements.subspan(at, size));
}

std::string shape_text(std::span<const size_t> shape) {
  std::string result = "(";
  for (auto extent : shape)
    result += (result.size() == 1 ? "" : ", ") + std::to_string(extent);
  return result + (shape.size() == 1 ? ",)" : ")");
}

std::string array_text(const dtype& type, std::span<const size_t> shape) {
  return "array(" + to_string(type) + ", shape " + shape_text(shape) + ")";
}

} // namespace venomous
