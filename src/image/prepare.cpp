// What happens between a picture and a model, in the order of each reference implementation:
//
//     CLIP                 Pillow resize in 8 bits, crop, /255, (x - mean) / std
//     torch-fidelity       float 0..255, TensorFlow 1's resize, (x - 128) / 128
//     pytorch-fid          /255, torch's resize, 2x - 1, which is (x - 0.5) / 0.5 to the bit
//     clean-fid            Pillow resize in floats, clipped to 0..255, (x - 128) / 128
//
// So a resize in 8 bits goes before the scaling to the range, one of floats after it; clean-fid's clips, and
// goes before. The last two roundings (subtraction, division) are torchvision's Normalize.

#include "tise/image/prepare.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "planes.h"
#include "resample.h"
#include "tise/base/vector_width.h"

namespace tise::image {
namespace {

struct Target {
  Span columns;
  Span rows;
};

/// Of a picture of this size.
Target target_of(int source_width, int source_height, const Preparation& preparation) {
  const int width = preparation.width;
  const int height = preparation.height;
  if (preparation.fit == Fit::kStretch) return {{width, 0, width}, {height, 0, height}};
  if (preparation.fit == Fit::kNone)
    return {{source_width, 0, source_width}, {source_height, 0, source_height}};
  if (width != height) throw std::invalid_argument("shortest-side-center-crop makes squares only");
  const bool upright = source_width <= source_height;
  const int across = upright ? width : longer_side(width, source_width, source_height);
  const int down = upright ? longer_side(width, source_height, source_width) : width;
  return {{across, centered(across, width), width}, {down, centered(down, width), width}};
}

/// Interleaved pixels to planes; bytes and floats alike.
template <typename Value>
Planes planes_of(const std::vector<Value>& interleaved, int width, int height) {
  Planes planes(width, height);
  const std::size_t area = planes.area();
  for (std::size_t i = 0; i < area; ++i) {
    for (std::size_t c = 0; c < 3; ++c)
      planes.values[c * area + i] = static_cast<float>(interleaved[3 * i + c]);
  }
  return planes;
}

float scaled(float value, Range range) { return range == Range::kByte ? value : value / 255.0F; }

void scale_to(Range range, Planes& planes) {
  if (range == Range::kByte) return;
  for (float& value : planes.values) value = scaled(value, range);
}

TISE_FOR_EACH_VECTOR_WIDTH
void normalise(const float* values, std::size_t count, float mean, float std, float* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = (values[i] - mean) / std;
}

/// Memory for [3, height, width].
float* sized(at::Tensor& out, int width, int height) {
  const std::array<std::int64_t, 3> shape{3, height, width};
  if (!out.defined() || out.sizes() != at::IntArrayRef(shape)) out = at::empty(shape, at::kFloat);
  return out.mutable_data_ptr<float>();
}

/// The target of a resize of bytes, checked, and the filter.
std::pair<Target, Filter> byte_target(int width, int height, const Preparation& preparation) {
  const Target target = target_of(width, height, preparation);
  if (preparation.resize == Resize::kNone && (target.columns.size != width || target.rows.size != height)) {
    throw std::invalid_argument("resize none can't change a picture's size");
  }
  return {target, preparation.resize == Resize::kPillowBicubic ? Filter::kBicubic : Filter::kBilinear};
}

/// Bytes come out of the resize, so that a table has what becomes of each.
void prepare_bytes(at::Tensor& out, const Pixels& pixels, const Preparation& preparation) {
  const auto [target, filter] = byte_target(pixels.width, pixels.height, preparation);
  const std::vector<std::uint8_t> bytes = resample(pixels, filter, target.columns, target.rows);
  float* to = sized(out, target.columns.count, target.rows.count);
  for (std::size_t c = 0; c < 3; ++c) {
    std::array<float, 256> table{};
    for (std::size_t value = 0; value < table.size(); ++value) {
      const float scale = scaled(static_cast<float>(value), preparation.range);
      table[value] = (scale - preparation.mean[c]) / preparation.std[c];
    }
    for (std::size_t i = c; i < bytes.size(); i += 3) *to++ = table[bytes[i]];
  }
}

Planes resized_and_clipped(const Pixels& pixels, const Preparation& preparation, const Target& target) {
  auto values = resample_float(pixels, Filter::kBicubic, target.columns, target.rows);
  for (float& value : values) value = std::clamp(value, 0.0F, 255.0F);
  Planes planes = planes_of(values, target.columns.count, target.rows.count);
  scale_to(preparation.range, planes);
  return planes;
}

Planes torch_bilinear(Planes& planes, int width, int height) {
  Planes out(width, height);
  const at::Tensor in = at::from_blob(planes.values.data(), {1, 3, planes.height, planes.width}, at::kFloat);
  at::Tensor resized = at::from_blob(out.values.data(), {1, 3, height, width}, at::kFloat);
  at::upsample_bilinear2d_out(resized, in, {height, width}, /*align_corners=*/false);
  return out;
}

Planes resized_in_floats(const Pixels& pixels, const Preparation& preparation, const Target& target) {
  if (target.columns.size != target.columns.count || target.rows.size != target.rows.count) {
    throw std::invalid_argument(to_string(preparation.resize) + " goes with the fits stretch and none only");
  }
  Planes planes = planes_of(pixels.rgb, pixels.width, pixels.height);
  scale_to(preparation.range, planes);
  return preparation.resize == Resize::kTf1Bilinear
             ? tf1_bilinear(planes, target.columns.size, target.rows.size)
             : torch_bilinear(planes, target.columns.size, target.rows.size);
}

}  // namespace

void prepare_into(at::Tensor& out, const Pixels& pixels, const Preparation& preparation) {
  if (resizes_bytes(preparation)) return prepare_bytes(out, pixels, preparation);
  const Target target = target_of(pixels.width, pixels.height, preparation);
  const Planes planes = preparation.resize == Resize::kPillowBicubicFloat
                            ? resized_and_clipped(pixels, preparation, target)
                            : resized_in_floats(pixels, preparation, target);
  float* const to = sized(out, planes.width, planes.height);
  const std::size_t area = planes.area();
  for (std::size_t c = 0; c < 3; ++c) {
    normalise(&planes.values[c * area], area, preparation.mean[c], preparation.std[c], to + c * area);
  }
}

bool resizes_bytes(const Preparation& preparation) {
  const Resize resize = preparation.resize;
  return resize == Resize::kNone || resize == Resize::kPillowBicubic || resize == Resize::kPillowBilinear;
}

ByteResize byte_resize(int width, int height, const Preparation& preparation) {
  const auto [target, filter] = byte_target(width, height, preparation);
  return {byte_axis(filter, width, target.columns), byte_axis(filter, height, target.rows)};
}

at::Tensor prepare(const Pixels& pixels, const Preparation& preparation) {
  at::Tensor tensor;
  prepare_into(tensor, pixels, preparation);
  return tensor;
}

}  // namespace tise::image
