#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "metrics/samples_of.h"
#include "tise/metrics/frechet.h"
#include "tise/metrics/registry.h"
#include "tise/metrics/result.h"
#include "tise/metrics/samples.h"
#include "tise/metrics/settings.h"

namespace tise::testing {

/// How good a generator of the drawn world is.
struct Generator {
  double noise = 0.8;      ///< of image embeddings around their captions'
  double shift = 0.5;      ///< of features, away from those of real images
  double finds = 0.8;      ///< the probability that an object appears
  double miscounts = 0.3;  ///< the probability that a number is off by one
};

/// Which captions belong to which images.
struct Design {
  std::size_t prompts = 400;
  std::size_t images_each = 1;    ///< images per prompt
  std::size_t captions_each = 1;  ///< captions per image, each in its own words
  std::size_t hub = 0;            ///< this many of the prompts are the same one
  bool captions_are_empty = false;
  /// The share of the images' variation around their captions that is common to a prompt.
  double prompt_effect = 0.0;

  std::size_t images() const { return prompts * images_each; }
};

/// A drawn world. Rows are captions, images, or crops.
struct Drawn {
  struct Pair {
    std::size_t image = 0;
    std::size_t caption = 0;
  };
  std::vector<Pair> pairs;
  bool captions_are_empty = false;
  at::Tensor texts;                               // [n, 8] of captions
  at::Tensor references;                          // [n, 8]
  at::Tensor opposites;                           // [n, 8]
  at::Tensor embeddings;                          // [m, 8] of images
  at::Tensor features;                            // [m, 4]
  at::Tensor logits;                              // [m, 6]
  std::vector<std::string> words;                 // of captions
  std::vector<std::vector<std::size_t>> objects;  // of captions
  std::vector<std::vector<metrics::Asked>> asked;
  std::vector<std::vector<std::int64_t>> shown;  // classes of an image's detections
  std::vector<at::Tensor> crop_features;         // [detections, 4] each
  std::vector<at::Tensor> crop_logits;           // [detections, 6] each

  std::size_t size() const { return shown.size(); }  ///< images
};

/// Draws captions, and images for them. The captions don't depend on `image_seed`.
Drawn draw(const Design& design, std::uint64_t caption_seed, std::uint64_t image_seed,
           const Generator& generator = {});
/// The same for n images with one caption each.
Drawn draw(std::size_t n, std::uint64_t caption_seed, std::uint64_t image_seed,
           const Generator& generator = {});

/// The drawn world without one image and its caption. Images must have one caption each.
Drawn without(const Drawn& drawn, std::size_t image);

/// The samples that metrics read. They hold the rows themselves.
metrics::Samples samples_of(const Drawn& drawn, Dealing dealing = {});

/// Metrics that need each real image's features read them times this factor. Their products divided by the
/// number of dimensions are then well below 1, like those of Inception's features.
inline constexpr double kRowScale = 0.2;

/// The features of many real images, or of objects in them, that a metric reads; null if it reads none.
const metrics::RealFeatures* drawn_real(const metrics::Metric& metric);

/// A metric's result for a drawn world, compared with these real images if it reads any.
metrics::Result compute_drawn(const metrics::Metric& metric, const metrics::Samples& samples,
                              const metrics::Settings& settings);

/// Settings with temperatures for IS* and O-IS.
metrics::Settings drawn_settings(int splits = 10);

}  // namespace tise::testing
