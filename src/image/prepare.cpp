// What happens between an image and a model, in the order of each reference implementation:
//
//     CLIP                 Pillow resize in 8 bits, crop, /255, (x - mean) / std
//     torch-fidelity       float 0..255, TensorFlow 1's resize, (x - 128) / 128
//     pytorch-fid          /255, torch's resize, 2x - 1 (bit for bit (x - 0.5) / 0.5)
//     clean-fid            Pillow resize in floats, clipped to 0..255, (x - 128) / 128
//
//     FD-DINOv2            Pillow's in 8 bits (dgm-eval); or float 0..255, torch's bicubic, antialiased,
//                          (x - 255 mean) / (255 std) for EDM2's (x / 255 - mean) / std
//     HPSv2                /255, torch's bicubic, padded with 0, (x - mean) / std
//
// So 8-bit resizes come before scaling to the range, and float resizes after it. The exception is clean-fid's
// float resize, which clips and comes before. The last two roundings (subtraction, division) are those of
// torchvision's Normalize.

#include "tise/image/prepare.h"

#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "layout.h"
#include "planes.h"
#include "resample.h"
#include "tise/base/concat.h"
#include "tise/base/vector_width.h"

namespace tise::image {
namespace {

constexpr std::string_view kWhose = "the card's steps";

/// Converts interleaved pixels, bytes or floats, to planes.
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

/// Makes `out` a tensor [3, height, width] if it isn't one, and returns its memory.
float* sized(at::Tensor& out, int width, int height) {
  const std::array<std::int64_t, 3> shape{3, height, width};
  if (!out.defined() || out.sizes() != at::IntArrayRef(shape)) out = at::empty(shape, at::kFloat);
  return out.mutable_data_ptr<float>();
}

/// Normalizes with a table of the results for all 256 byte values.
void normalise_bytes(at::Tensor& out, const Pixels& pixels, const Preparation& preparation) {
  float* to = sized(out, pixels.width, pixels.height);
  for (std::size_t c = 0; c < 3; ++c) {
    std::array<float, 256> table{};
    for (std::size_t value = 0; value < table.size(); ++value) {
      const float scale = scaled(static_cast<float>(value), preparation.range);
      table[value] = (scale - preparation.mean[c]) / preparation.std[c];
    }
    for (std::size_t i = c; i < pixels.rgb.size(); i += 3) *to++ = table[pixels.rgb[i]];
  }
}

/// Copies `from`, starting at (from_x, from_y), to (to_x, to_y) in `to`, as far as both extend.
void paste(const Planes& from, int from_x, int from_y, Planes& to, int to_x, int to_y) {
  const int width = std::min(from.width - from_x, to.width - to_x);
  const int height = std::min(from.height - from_y, to.height - to_y);
  for (std::size_t c = 0; c < 3; ++c) {
    for (int y = 0; y < height; ++y)
      std::copy_n(from.at(c, from_x, from_y + y), width, to.at(c, to_x, to_y + y));
  }
}

Planes cut_from(const Planes& planes, const Cut& cut) {
  Planes part(cut.size.width, cut.size.height);
  paste(planes, cut.left, cut.top, part, 0, 0);
  return part;
}

Planes padded(const Planes& planes, const Padded& step, Range range) {
  Planes whole(step.size.width, step.size.height);
  std::ranges::fill(whole.values, scaled(static_cast<float>(step.value), range));
  paste(planes, 0, 0, whole, step.left, step.top);
  return whole;
}

Planes resized_by_torch(Planes& planes, Filter filter, int width, int height) {
  Planes out(width, height);
  const at::Tensor in = at::from_blob(planes.values.data(), {1, 3, planes.height, planes.width}, at::kFloat);
  at::Tensor resized = at::from_blob(out.values.data(), {1, 3, height, width}, at::kFloat);
  constexpr bool kAlignsCorners = false;
  if (filter == Filter::kTorchBilinear)
    at::upsample_bilinear2d_out(resized, in, {height, width}, kAlignsCorners);
  else if (filter == Filter::kTorchBicubic)
    at::upsample_bicubic2d_out(resized, in, {height, width}, kAlignsCorners);
  else
    at::_upsample_bicubic2d_aa_out(resized, in, {height, width}, kAlignsCorners);
  return out;
}

/// Clips the result to 0..255, then scales it.
Planes resized_by_pillow(const Pixels& pixels, const Resized& step, Range range) {
  auto values = resample_float(pixels, step.filter, step.columns, step.rows);
  for (float& value : values) value = std::clamp(value, 0.0F, 255.0F);
  Planes planes = planes_of(values, step.columns.count, step.rows.count);
  scale_to(range, planes);
  return planes;
}

/// Applies a resize that returns floats. TensorFlow's and torch's compute the full size, then the spans are
/// cut out.
Planes resized_in_floats(const Pixels& pixels, const Resized& step, Range range) {
  if (step.filter == Filter::kPillowFloatBicubic) return resized_by_pillow(pixels, step, range);
  Planes planes = planes_of(pixels.rgb, pixels.width, pixels.height);
  scale_to(range, planes);
  const auto [width, height] = PictureSize{step.columns.size, step.rows.size};
  planes = step.filter == Filter::kTf1Bilinear ? tf1_bilinear(planes, width, height)
                                               : resized_by_torch(planes, step.filter, width, height);
  if (step.columns.count == width && step.rows.count == height) return planes;
  return cut_from(planes, {{step.columns.first, step.rows.first, {step.columns.count, step.rows.count}}});
}

bool is_of_floats(const Laid& step) {
  const auto* resized = std::get_if<Resized>(&step);
  return resized != nullptr && !gives_bytes(resized->filter);
}

/// Applies `steps`, which start with a resize that returns floats, to bytes.
Planes after_floats(const Pixels& pixels, std::span<const Laid> steps, Range range) {
  Planes planes = resized_in_floats(pixels, std::get<Resized>(steps.front()), range);
  for (const Laid& step : steps.subspan(1)) {
    if (const auto* cut = std::get_if<Cut>(&step)) planes = cut_from(planes, *cut);
    if (const auto* pad = std::get_if<Padded>(&step)) planes = padded(planes, *pad, range);
  }
  return planes;
}

std::vector<Laid> laid_out(PictureSize size, const Preparation& preparation) {
  return lay_out(size, preparation.steps, kWhose);
}

}  // namespace

void check_steps(const Steps& steps) {
  bool is_of_floats = false;
  for (const Step& step : steps) {
    if (!step.resizes()) continue;
    if (is_of_floats)
      throw std::invalid_argument(
          concat("resizes with ", to_string(step.filter),
                 " after a resize that returns floats; such a resize must be the last one"));
    is_of_floats = !gives_bytes(step.filter);
  }
}

void prepare_into(at::Tensor& out, const Pixels& pixels, const Preparation& preparation) {
  check_steps(preparation.steps);
  const std::vector<Laid> laid = laid_out({pixels.width, pixels.height}, preparation);
  const auto floats = std::ranges::find_if(laid, is_of_floats);
  std::optional<Pixels> made;
  for (auto step = laid.begin(); step != floats; ++step) made = taken(made ? *made : pixels, *step);
  const Pixels& bytes = made ? *made : pixels;
  if (floats == laid.end()) return normalise_bytes(out, bytes, preparation);
  const Planes planes = after_floats(bytes, {floats, laid.end()}, preparation.range);
  float* const to = sized(out, planes.width, planes.height);
  const std::size_t area = planes.area();
  for (std::size_t c = 0; c < 3; ++c) {
    normalise(&planes.values[c * area], area, preparation.mean[c], preparation.std[c], to + c * area);
  }
}

std::optional<Filter> only_resize(const Preparation& preparation) {
  const Steps& steps = preparation.steps;
  const bool is_one = steps.size() == 1 || (steps.size() == 2 && steps[1].crops());
  if (!is_one || !steps[0].resizes() || !fixed_size(steps)) return std::nullopt;
  return steps[0].filter;
}

ByteResize byte_resize(int width, int height, const Preparation& preparation) {
  Resized resize{Filter::kPillowBicubic, {width, 0, width}, {height, 0, height}};
  for (const Laid& step : laid_out({width, height}, preparation)) {
    if (const auto* resized = std::get_if<Resized>(&step)) resize = *resized;
    if (const auto* cut = std::get_if<Cut>(&step)) {  // no resize: the image already has its size
      resize.columns = {width, cut->left, cut->size.width};
      resize.rows = {height, cut->top, cut->size.height};
    }
  }
  return {byte_axis(resize.filter, width, resize.columns), byte_axis(resize.filter, height, resize.rows)};
}

at::Tensor prepare(const Pixels& pixels, const Preparation& preparation) {
  at::Tensor tensor;
  prepare_into(tensor, pixels, preparation);
  return tensor;
}

}  // namespace tise::image
