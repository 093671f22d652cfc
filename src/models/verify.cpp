// The probe is a fixed picture and a fixed token sequence, both made from formulae, so that an archive can be
// checked on any machine without a file. scripts/archive.py has the same formulae and stores the answers.

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "tise/models/models.h"
#include "tise/text/tokenizer.h"
#include "torch_error.h"

namespace tise::models {
namespace {

/// Gradients with a fine pattern, other in each channel, as the model takes it: [1, 3, H, W] float32.
at::Tensor probe_image(const image::Preparation& input) {
  at::Tensor picture = at::empty({1, 3, input.height, input.width}, at::kFloat);
  auto values = picture.accessor<float, 4>();
  const float scale = input.range == image::Range::kUnit ? 255.0F : 1.0F;
  for (std::size_t c = 0; c < input.mean.size(); ++c) {
    const int channel = static_cast<int>(c);
    for (int y = 0; y < input.height; ++y) {
      for (int x = 0; x < input.width; ++x) {
        const int byte = (37 * channel + 3 * y + 5 * x + 7 * ((x * y + channel) % 11)) % 256;
        values[0][channel][y][x] = (static_cast<float>(byte) / scale - input.mean[c]) / input.std[c];
      }
    }
  }
  return picture;
}

/// Start, five fixed ids, end: [1, 7] int64.
at::Tensor probe_tokens(const Archive& archive) {
  try {
    const text::Tokenizer tokenizer(archive.merges);
    std::vector<std::int64_t> tokens{tokenizer.start_token()};
    for (int i = 0; i < 5; ++i) tokens.push_back((17 * i + 3) % (tokenizer.vocabulary_size() - 2));
    tokens.push_back(tokenizer.end_token());
    return at::tensor(tokens, at::kLong).unsqueeze(0);
  } catch (const std::invalid_argument& error) {
    fail(archive.path, std::string("merges.txt: ") + error.what());
  }
}

std::map<std::string, at::Tensor> answers(const Archive& archive, c10::Device device) {
  const at::Tensor picture = probe_image(archive.card.input);
  if (archive.card.kind == Kind::kClip) {
    const auto encoder = load_clip(archive, device);
    return {{"image", encoder->encode_images(picture)},
            {"text", encoder->encode_texts(probe_tokens(archive))}};
  }
  const Classified classified = load_inception(archive, device)->classify(picture);
  return {{"features", classified.features}, {"logits", classified.logits}};
}

/// The largest difference of the output's leading numbers from the stored ones, relative to the largest of
/// these.
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
  const bool probed = archive.card.kind == Kind::kClip || archive.card.kind == Kind::kInception;
  if (!probed || archive.card.probe.empty()) return std::nullopt;
  const std::map<std::string, at::Tensor> now = answers(archive, device);
  double worst = 0;
  for (const auto& [name, stored] : archive.card.probe) {
    const auto output = now.find(name);
    if (output == now.end() || output->second.numel() < static_cast<std::int64_t>(stored.size())) {
      fail(archive.path, "card.json: \"probe." + name + "\" has no such output");
    }
    worst = std::max(worst, difference(output->second, stored));
  }
  return worst;
}

}  // namespace tise::models
