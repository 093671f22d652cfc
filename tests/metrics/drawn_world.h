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
  double noise = 0.8;      ///< of image embeddings about their captions'
  double shift = 0.5;      ///< of features, from those of real images
  double finds = 0.8;      ///< the chance that an object is there
  double miscounts = 0.3;  ///< the chance that a number is off by one
};

/// Which captions there are for which images.
struct Design {
  std::size_t prompts = 400;
  std::size_t images_each = 1;    ///< images of a prompt
  std::size_t captions_each = 1;  ///< captions of an image, all in words of their own
  std::size_t hub = 0;            ///< so many of the prompts are one and the same
  bool captions_are_empty = false;
  /// The share of the images' variation, beyond their captions, that a generator has by the prompt.
  double prompt_effect = 0.0;

  std::size_t images() const { return prompts * images_each; }
};

/// What is drawn. Rows are captions, images, or crops.
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

/// Draws captions, and images for them: equal seeds give equal captions, whatever the images'.
Drawn draw(const Design& design, std::uint64_t caption_seed, std::uint64_t image_seed,
           const Generator& generator = {});
/// For n images with a caption each.
Drawn draw(std::size_t n, std::uint64_t caption_seed, std::uint64_t image_seed,
           const Generator& generator = {});

/// The same without one image and its caption, of images with a caption each.
Drawn without(const Drawn& drawn, std::size_t image);

/// As metrics read them; holds the rows itself.
metrics::Samples samples_of(const Drawn& drawn, Dealing dealing = {});

/// Times this the features are what metrics read that need each real image's: their products over the number
/// of dimensions are then well below 1, as Inception's are.
inline constexpr double kRowScale = 0.2;

/// What a metric reads of many real images, or of objects in them; null if it reads nothing.
const metrics::RealFeatures* drawn_real(const metrics::Metric& metric);

/// What a metric says of a drawn world, held against those.
metrics::Result compute_drawn(const metrics::Metric& metric, const metrics::Samples& samples,
                              const metrics::Settings& settings);

/// Temperatures 1, as few splits as the world is small.
metrics::Settings drawn_settings(int splits = 10);

}  // namespace tise::testing
