#include "metrics/drawn_world.h"

#include <cmath>
#include <random>

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

/// The objects in an image: those asked for, with errors by the generator and by the image's quality.
std::vector<std::int64_t> shown_in(const std::vector<metrics::Asked>& asked, const Generator& generator,
                                   Dice& dice) {
  std::vector<std::int64_t> shown;
  const double quality = dice.uniform();
  for (const metrics::Asked& object : asked) {
    if (!dice.chance(std::min(1.0, generator.finds * (0.7 + 0.6 * quality)))) continue;
    auto number = static_cast<std::int64_t>(object.number);
    if (dice.chance(generator.miscounts)) number += dice.chance(0.5) ? 1 : -1;
    shown.insert(shown.end(), static_cast<std::size_t>(std::max<std::int64_t>(number, 1)),
                 static_cast<std::int64_t>(object.class_index));
  }
  return shown;
}

/// A generator's random variation, of prompts and of single images.
class Variation {
 public:
  Variation(const Design& design, std::uint64_t seed)
      : images_each_(static_cast<std::int64_t>(design.images_each)),
        prompts_(static_cast<std::int64_t>(design.prompts)),
        effect_(design.prompt_effect),
        seed_(seed),
        images_(seed),
        shared_(seed ^ 0x5851f42d4c957f2dULL) {}

  /// Standard normal rows for all images. The share `effect` of their variance is common to a prompt.
  at::Tensor normal(std::int64_t width) {
    const at::Tensor own = images_.normal(prompts_ * images_each_, width);
    if (effect_ == 0.0) return own;
    const at::Tensor prompts = shared_.normal(prompts_, width).repeat_interleave(images_each_, 0);
    return std::sqrt(effect_) * prompts + std::sqrt(1.0 - effect_) * own;
  }
  /// The objects in an image. With probability `effect` they are common to all such images of the prompt.
  std::vector<std::int64_t> objects(std::size_t image, const std::vector<metrics::Asked>& asked,
                                    const Generator& generator) {
    if (effect_ == 0.0 || !images_.chance(effect_)) return shown_in(asked, generator, images_);
    const auto prompt = image / static_cast<std::size_t>(images_each_);
    Dice dice(seed_ * 1000003 + prompt);
    return shown_in(asked, generator, dice);
  }
  Dice& images() { return images_; }

 private:
  std::int64_t images_each_;
  std::int64_t prompts_;
  double effect_;
  std::uint64_t seed_;
  Dice images_;
  Dice shared_;
};

/// Writes the captions of the scenes, each in its own words, and the pairs.
void write_captions(Drawn& drawn, const Design& design, const Drawn& scenes, Dice& dice) {
  const auto each = static_cast<std::int64_t>(design.captions_each);
  const auto own_words = [&](const at::Tensor& of_scenes) {
    const at::Tensor all = of_scenes.repeat_interleave(each, 0);
    return each == 1 ? all : all + 0.4 * dice.normal(all.size(0), kWidth);
  };
  drawn.texts = own_words(scenes.texts);
  drawn.references = own_words(scenes.references);
  drawn.opposites = own_words(scenes.opposites);
  for (std::size_t caption = 0; caption < design.prompts * design.captions_each; ++caption) {
    const std::size_t scene = caption / design.captions_each;
    drawn.words.push_back(scenes.words[scene]);
    drawn.objects.push_back(scenes.objects[scene]);
    drawn.asked.push_back(scenes.asked[scene]);
  }
  for (std::size_t image = 0; image < design.images(); ++image) {
    const std::size_t prompt = image / design.images_each;
    const std::size_t scene = prompt < design.hub ? 0 : prompt;
    for (std::size_t i = 0; i < design.captions_each; ++i)
      drawn.pairs.push_back({image, scene * design.captions_each + i});
  }
}

}  // namespace

Drawn draw(const Design& design, std::uint64_t caption_seed, std::uint64_t image_seed,
           const Generator& generator) {
  Dice captions(caption_seed);
  Drawn scenes;
  draw_captions(scenes, static_cast<std::int64_t>(design.prompts), captions);
  Drawn drawn;
  drawn.captions_are_empty = design.captions_are_empty;
  write_captions(drawn, design, scenes, captions);

  std::vector<std::int64_t> scene_of_image;
  for (std::size_t image = 0; image < design.images(); ++image) {
    const std::size_t prompt = image / design.images_each;
    scene_of_image.push_back(static_cast<std::int64_t>(prompt < design.hub ? 0 : prompt));
  }
  Variation variation(design, image_seed ^ 0x9e3779b97f4a7c15ULL);
  const at::Tensor texts = scenes.texts.index_select(0, torch::tensor(scene_of_image));
  const at::Tensor noise = variation.normal(kWidth);
  drawn.embeddings = texts + generator.noise * noise * (0.5 * variation.normal(1)).exp();
  const at::Tensor themes = texts.slice(1, 0, kFeatures);
  drawn.features = features_of(0.6 * themes + 0.8 * variation.normal(kFeatures), generator.shift);
  drawn.logits = logits_of(drawn.features);
  for (std::size_t i = 0; i < design.images(); ++i) {
    const auto scene = static_cast<std::size_t>(scene_of_image[i]);
    drawn.shown.push_back(variation.objects(i, scenes.asked[scene], generator));
    const auto count = static_cast<std::int64_t>(drawn.shown.back().size());
    // Half of the crops' variance is common to the crops of an image.
    Dice& dice = variation.images();
    const at::Tensor crops = 0.7 * dice.normal(1, kFeatures) + 0.7 * dice.normal(count, kFeatures);
    drawn.crop_features.push_back(features_of(crops, generator.shift));
    drawn.crop_logits.push_back(logits_of(drawn.crop_features.back()));
  }
  return drawn;
}

Drawn draw(std::size_t n, std::uint64_t caption_seed, std::uint64_t image_seed, const Generator& generator) {
  return draw(Design{.prompts = n}, caption_seed, image_seed, generator);
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
  Drawn rest = drawn;
  for (auto tensor : {&Drawn::texts, &Drawn::references, &Drawn::opposites, &Drawn::embeddings,
                      &Drawn::features, &Drawn::logits})
    rest.*tensor = rows(drawn.*tensor);
  rest.pairs.pop_back();  // pair i is image i with caption i
  rest.words = erased(drawn.words);
  rest.objects = erased(drawn.objects);
  rest.asked = erased(drawn.asked);
  rest.shown = erased(drawn.shown);
  rest.crop_features = erased(drawn.crop_features);
  rest.crop_logits = erased(drawn.crop_logits);
  return rest;
}

metrics::Samples samples_of(const Drawn& drawn, Dealing dealing) {
  const std::size_t captions = drawn.words.size();
  metrics::Samples samples;
  samples.images = names_of(drawn.embeddings.size(0));
  samples.classes = {"cat", "dog", "bird", "car", "bus"};
  samples.texts["clip"] = texts_of(torch::cat({drawn.texts, drawn.references, drawn.opposites}));
  for (const auto& [image, caption] : drawn.pairs) {
    const std::size_t text = drawn.captions_are_empty ? 0 : caption;
    add_pair(samples, samples.images[image] + "#" + std::to_string(caption), image, text);
    metrics::SamplePair& pair = samples.pairs.back();
    pair.is_caption_empty = drawn.captions_are_empty;
    pair.position = drawn.words[caption];
    pair.objects = drawn.objects[caption];
    pair.asked = drawn.asked[caption];
    metrics::PairTexts& texts = pair_texts(samples).back();
    texts.references = {captions + caption};
    texts.opposite = 2 * captions + caption;
  }
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> classes;
  for (const auto& shown : drawn.shown) {
    lengths.push_back(static_cast<std::int64_t>(shown.size()));
    classes.insert(classes.end(), shown.begin(), shown.end());
  }
  samples.groups["clip"] = group_of({{"embeddings", drawn.embeddings}}, dealing);
  samples.groups["features"] = group_of({{"features", drawn.features}}, dealing);
  samples.groups["rows"] = group_of({{"features", kRowScale * drawn.features}}, dealing);
  samples.groups["inception"] = group_of({{"logits", drawn.logits}}, dealing);
  samples.groups["detector"] = group_of({{"classes", torch::tensor(classes, at::kLong)}}, dealing, lengths);
  samples.groups["objects"] =
      group_of({{"features", torch::cat(drawn.crop_features)}, {"logits", torch::cat(drawn.crop_logits)}}, {},
               lengths);
  return samples;
}

const metrics::RealFeatures* drawn_real(const metrics::Metric& metric) {
  static const auto [images, objects] = [] {
    Dice dice(77);
    const auto real = [&dice](double scale) {
      metrics::MomentsAccumulator moments;
      const at::Tensor rows = features_of(scale * dice.normal(20000, kFeatures), 0.0);
      moments.add(rows);
      constexpr std::int64_t kRows = 1200;  // all pairs of 20,000 rows would take too long
      return metrics::RealFeatures{moments.moments(), true, placed(kRowScale * rows.slice(0, 0, kRows))};
    };
    const metrics::RealFeatures of_images = real(1.0);
    return std::pair(of_images, real(0.99));
  }();
  if (!metric.reads_real()) return nullptr;
  return metric.role->finder == nullptr ? &images : &objects;
}

metrics::Result compute_drawn(const metrics::Metric& metric, const metrics::Samples& samples,
                              const metrics::Settings& settings) {
  return compute(metric.key, samples, settings, drawn_real(metric));
}

metrics::Settings drawn_settings(int splits) {
  metrics::Settings settings;
  settings.temperature = 1.3;
  settings.object_temperature = 1.5;
  settings.splits = splits;
  return settings;
}

}  // namespace tise::testing
