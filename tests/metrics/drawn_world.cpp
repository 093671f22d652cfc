#include "metrics/drawn_world.h"

#include <cmath>
#include <random>

#include "metrics/samples_of.h"

namespace tise::testing {
namespace {

constexpr std::int64_t kWidth = 8;
constexpr std::int64_t kFeatures = 4;
constexpr std::int64_t kClasses = 6;
const std::vector<std::string> kWords{"above", "left", "under", "near"};

class Dice {
 public:
  explicit Dice(std::uint64_t seed)
      : numbers_(seed), tensors_(at::make_generator<at::CPUGeneratorImpl>(seed)) {}
  at::Tensor normal(std::int64_t rows, std::int64_t width) {
    return torch::randn({rows, width}, tensors_, at::kFloat);
  }
  double uniform() { return std::uniform_real_distribution<double>()(numbers_); }
  bool chance(double p) { return uniform() < p; }
  /// 0, 1, … n - 1, the first ones likelier.
  std::size_t below(std::size_t n) {
    return static_cast<std::size_t>(static_cast<double>(n) * std::pow(uniform(), 1.5));
  }

 private:
  std::mt19937_64 numbers_;
  at::Generator tensors_;
};

/// Skewed features with correlated dimensions.
at::Tensor features_of(const at::Tensor& normal, double shift) {
  const at::Tensor mixing = torch::tensor({{1.0F, 0.4F, 0.0F, 0.2F},
                                           {0.0F, 0.8F, 0.3F, 0.0F},
                                           {0.0F, 0.0F, 0.6F, 0.1F},
                                           {0.3F, 0.0F, 0.0F, 0.5F}});
  const at::Tensor skewed = normal + 0.2 * (normal.square() - 1.0);
  return skewed.matmul(mixing) * (1.0 + shift) + shift;
}

at::Tensor logits_of(const at::Tensor& features) {
  const at::Tensor weights =
      torch::linspace(-0.8, 0.8, kFeatures * kClasses, at::kFloat).reshape({kFeatures, kClasses});
  return features.matmul(weights.sin() * 1.5);
}

void draw_captions(Drawn& drawn, std::int64_t n, Dice& dice) {
  drawn.texts = dice.normal(n, kWidth);
  drawn.references = drawn.texts + 0.5 * dice.normal(n, kWidth);
  drawn.opposites = drawn.texts + 0.9 * dice.normal(n, kWidth);
  for (std::int64_t i = 0; i < n; ++i) {
    drawn.words.push_back(kWords[dice.below(kWords.size())]);
    const std::size_t first = dice.below(5);
    std::vector<std::size_t> objects{first};
    if (dice.chance(0.5)) objects.push_back((first + 1 + dice.below(4)) % 5);
    std::sort(objects.begin(), objects.end());
    drawn.asked.emplace_back();
    for (const std::size_t object : objects) {
      drawn.asked.back().push_back({object, 1.0 + static_cast<double>(dice.below(3))});
    }
    drawn.objects.push_back(std::move(objects));
  }
}

/// Objects of an image: those asked for, as well as its quality lets them be seen.
std::vector<std::int64_t> shown_in(const std::vector<metrics::Asked>& asked, double quality,
                                   const Generator& generator, Dice& dice) {
  std::vector<std::int64_t> shown;
  for (const metrics::Asked& object : asked) {
    if (!dice.chance(std::min(1.0, generator.finds * (0.7 + 0.6 * quality)))) continue;
    auto number = static_cast<std::int64_t>(object.number);
    if (dice.chance(generator.miscounts)) number += dice.chance(0.5) ? 1 : -1;
    shown.insert(shown.end(), static_cast<std::size_t>(std::max<std::int64_t>(number, 1)),
                 static_cast<std::int64_t>(object.class_index));
  }
  return shown;
}

}  // namespace

Drawn draw(std::size_t n, std::uint64_t caption_seed, std::uint64_t image_seed, const Generator& generator) {
  const auto rows = static_cast<std::int64_t>(n);
  Drawn drawn;
  Dice captions(caption_seed);
  draw_captions(drawn, rows, captions);
  Dice dice(image_seed ^ 0x9e3779b97f4a7c15ULL);
  drawn.embeddings =
      drawn.texts + generator.noise * dice.normal(rows, kWidth) * (0.5 * dice.normal(rows, 1)).exp();
  const at::Tensor themes = drawn.texts.slice(1, 0, kFeatures);
  drawn.features = features_of(0.6 * themes + 0.8 * dice.normal(rows, kFeatures), generator.shift);
  drawn.logits = logits_of(drawn.features);
  for (std::size_t i = 0; i < n; ++i) {
    drawn.shown.push_back(shown_in(drawn.asked[i], dice.uniform(), generator, dice));
    const auto count = static_cast<std::int64_t>(drawn.shown.back().size());
    // What crops of an image share is half of their variance.
    const at::Tensor crops = 0.7 * dice.normal(1, kFeatures) + 0.7 * dice.normal(count, kFeatures);
    drawn.crop_features.push_back(features_of(crops, generator.shift));
    drawn.crop_logits.push_back(logits_of(drawn.crop_features.back()));
  }
  return drawn;
}

Drawn without(const Drawn& drawn, std::size_t image) {
  const auto row = static_cast<std::int64_t>(image);
  const auto rows = [&](const at::Tensor& all) {
    return torch::cat({all.slice(0, 0, row), all.slice(0, row + 1)});
  };
  const auto erased = [&](auto all) {
    all.erase(all.begin() + row);
    return all;
  };
  return {rows(drawn.texts),      rows(drawn.references),      rows(drawn.opposites),
          rows(drawn.embeddings), rows(drawn.features),        rows(drawn.logits),
          erased(drawn.words),    erased(drawn.objects),       erased(drawn.asked),
          erased(drawn.shown),    erased(drawn.crop_features), erased(drawn.crop_logits)};
}

metrics::Samples samples_of(const Drawn& drawn) {
  const std::size_t n = drawn.size();
  const at::Tensor texts = torch::cat({drawn.texts, drawn.references, drawn.opposites});
  metrics::Samples samples = images_with_captions(drawn.embeddings, texts);
  samples.classes = {"cat", "dog", "bird", "car", "bus"};
  for (std::size_t i = 0; i < n; ++i) {
    metrics::SamplePair& pair = samples.pairs[i];
    pair.references = {n + i};
    pair.opposite = 2 * n + i;
    pair.position = drawn.words[i];
    pair.objects = drawn.objects[i];
    pair.asked = drawn.asked[i];
    samples.detections_of_image.push_back(static_cast<std::uint32_t>(drawn.shown[i].size()));
  }
  samples.crops_of_image = samples.detections_of_image;
  samples.fid = stream_of({}, drawn.features, {});
  samples.inception = stream_of({}, {}, drawn.logits);
  samples.detections = [shown = drawn.shown](const std::function<void(const metrics::ObjectRows&)>& visit) {
    for (std::size_t i = 0; i < shown.size(); ++i) {
      metrics::ObjectRows rows;
      rows.images = {i};
      rows.counts = {static_cast<std::int64_t>(shown[i].size())};
      rows.classes = torch::tensor(shown[i], at::kLong);
      visit(rows);
    }
  };
  samples.crops =
      [shown = drawn.shown, features = torch::cat(drawn.crop_features),
       logits = torch::cat(drawn.crop_logits)](const std::function<void(const metrics::ObjectRows&)>& visit) {
        metrics::ObjectRows rows;
        for (std::size_t i = 0; i < shown.size(); ++i) {
          rows.images.push_back(i);
          rows.counts.push_back(static_cast<std::int64_t>(shown[i].size()));
        }
        rows.features = features;
        rows.logits = logits;
        visit(rows);
      };
  return samples;
}

const metrics::Reference& drawn_reference() {
  static const metrics::Reference reference = [] {
    Dice dice(77);
    metrics::MomentsAccumulator images;
    metrics::MomentsAccumulator objects;
    images.add(features_of(dice.normal(20000, kFeatures), 0.0));
    objects.add(features_of(0.99 * dice.normal(20000, kFeatures), 0.0));
    return metrics::Reference{{{images.moments(), true}}, {{objects.moments(), true}}};
  }();
  return reference;
}

metrics::Settings drawn_settings(int splits) {
  metrics::Settings settings;
  settings.temperature = 1.3;
  settings.object_temperature = 1.5;
  settings.splits = splits;
  return settings;
}

}  // namespace tise::testing
