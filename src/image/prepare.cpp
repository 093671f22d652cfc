// What happens between a picture and a model, in each reference's order:
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

#include "planes.h"
#include "resample.h"
#include "tf1_bilinear.h"

namespace tise::image {
namespace {

struct Target {
  Span columns;
  Span rows;
};

/// torchvision's CenterCrop: the margin's half, rounded half to even.
int centered(int size, int count) {
  const int margin = size - count;
  const int half = margin / 2;
  return margin % 2 == 0 ? half : half + half % 2;
}

/// torchvision's Resize(int): the longer side keeps the ratio, rounded down.
int longer_side(int side, int longest, int shortest) {
  return static_cast<int>(static_cast<std::int64_t>(side) * longest / shortest);
}

Target target_of(const Pixels& pixels, const Preparation& preparation) {
  const int width = preparation.width;
  const int height = preparation.height;
  if (preparation.fit == Fit::kStretch) return {{width, 0, width}, {height, 0, height}};
  if (preparation.fit == Fit::kNone)
    return {{pixels.width, 0, pixels.width}, {pixels.height, 0, pixels.height}};
  if (width != height) throw std::invalid_argument("shortest-side-center-crop makes squares only");
  const bool upright = pixels.width <= pixels.height;
  const int across = upright ? width : longer_side(width, pixels.width, pixels.height);
  const int down = upright ? longer_side(width, pixels.height, pixels.width) : width;
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

/// The part of the picture that the target wants, where nothing is resized.
Planes cropped(const Pixels& pixels, const Target& target) {
  if (target.columns.size != pixels.width || target.rows.size != pixels.height) {
    throw std::invalid_argument("resize none can't change a picture's size");
  }
  return planes_of(resample(pixels, Filter::kBilinear, target.columns, target.rows), target.columns.count,
                   target.rows.count);
}

void scale_to(Range range, Planes& planes) {
  if (range == Range::kByte) return;
  for (float& value : planes.values) value /= 255.0F;
}

Planes resized_in_pixels(const Pixels& pixels, Resize resize, const Target& target) {
  const int width = target.columns.count;
  const int height = target.rows.count;
  if (resize == Resize::kNone) return cropped(pixels, target);
  if (resize != Resize::kPillowBicubicFloat) {
    const Filter filter = resize == Resize::kPillowBilinear ? Filter::kBilinear : Filter::kBicubic;
    return planes_of(resample(pixels, filter, target.columns, target.rows), width, height);
  }
  auto values = resample_float(pixels, Filter::kBicubic, target.columns, target.rows);
  for (float& value : values) value = std::clamp(value, 0.0F, 255.0F);
  return planes_of(values, width, height);
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

Planes resized_and_scaled(const Pixels& pixels, const Preparation& preparation) {
  const Target target = target_of(pixels, preparation);
  const Resize resize = preparation.resize;
  if (resize == Resize::kTf1Bilinear || resize == Resize::kTorchBilinear) {
    return resized_in_floats(pixels, preparation, target);
  }
  Planes planes = resized_in_pixels(pixels, resize, target);
  scale_to(preparation.range, planes);
  return planes;
}

}  // namespace

void prepare_into(at::Tensor& out, const Pixels& pixels, const Preparation& preparation) {
  const Planes planes = resized_and_scaled(pixels, preparation);
  const std::array<std::int64_t, 3> shape{3, planes.height, planes.width};
  if (!out.defined() || out.sizes() != at::IntArrayRef(shape)) out = at::empty(shape, at::kFloat);
  float* to = out.mutable_data_ptr<float>();
  const std::size_t area = planes.area();
  for (std::size_t c = 0; c < 3; ++c) {
    const float mean = preparation.mean[c];
    const float std = preparation.std[c];
    for (std::size_t i = c * area; i < (c + 1) * area; ++i) to[i] = (planes.values[i] - mean) / std;
  }
}

at::Tensor prepare(const Pixels& pixels, const Preparation& preparation) {
  at::Tensor tensor;
  prepare_into(tensor, pixels, preparation);
  return tensor;
}

}  // namespace tise::image
