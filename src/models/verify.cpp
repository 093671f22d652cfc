// The probe is a fixed picture and a fixed token sequence, both computed from formulas, so that an archive
// can be checked on any machine without further files. python/tise_eval/export/archive.py has the same
// formulas and stores the outputs.

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "tise/base/names.h"
#include "tise/models/models.h"
#include "torch_error.h"

namespace tise::models {
namespace {

/// The probe's side for models that take pictures of any size.
constexpr int kFreeSide = 256;

/// The fixed picture, prepared for the model: gradients with a fine pattern that differs between channels,
/// [1, 3, H, W] float32.
at::Tensor probe_image(const image::Preparation& input) {
  const auto [width, height] =
      image::fixed_size(input.steps).value_or(image::PictureSize{kFreeSide, kFreeSide});
  at::Tensor picture = at::empty({1, 3, height, width}, at::kFloat);
  auto values = picture.accessor<float, 4>();
  const float scale = input.range == image::Range::kUnit ? 255.0F : 1.0F;
  for (std::size_t c = 0; c < input.mean.size(); ++c) {
    const int channel = static_cast<int>(c);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const int byte = (37 * channel + 3 * y + 5 * x + 7 * ((x * y + channel) % 11)) % 256;
        values[0][channel][y][x] = (static_cast<float>(byte) / scale - input.mean[c]) / input.std[c];
      }
    }
  }
  return picture;
}

Outputs answers(const Archive& archive, c10::Device device) {
  const Kind& kind = *archive.card.kind;
  const at::Tensor picture = probe_image(archive.card.input);
  if (kind.probe != nullptr) return kind.probe(archive, picture, device);
  const auto network = load_network(archive, {device});
  const bool is_batch = kind.takes == Takes::kBatch;
  const Rows rows =
      is_batch ? network->encode_batch(picture) : network->encode_pictures({picture.squeeze(0)});
  return {rows.columns.begin(), rows.columns.end()};
}

/// The largest difference between the output's first numbers and the stored ones, relative to the largest
/// stored number.
double difference(const at::Tensor& output, const std::vector<double>& stored) {
  const at::Tensor flat = output.flatten();
  double furthest = 0;
  double largest = 0;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const double now = flat[static_cast<std::int64_t>(i)].item<double>();
    furthest = std::max(furthest, std::abs(now - stored[i]));
    largest = std::max(largest, std::abs(stored[i]));
  }
  return largest > 0 ? furthest / largest : furthest;
}

}  // namespace

std::optional<double> verify(const Archive& archive, c10::Device device) {
  if (archive.card.probe.empty()) return std::nullopt;
  const Outputs now = answers(archive, device);
  double worst = 0;
  for (const auto& [name, stored] : archive.card.probe) {
    const at::Tensor* output = find_in(now, name);
    if (output == nullptr || output->numel() < static_cast<std::int64_t>(stored.size())) {
      fail(archive.path, "card.json: \"probe." + name + "\" does not match an output of the model");
    }
    worst = std::max(worst, difference(*output, stored));
  }
  return worst;
}

}  // namespace tise::models
