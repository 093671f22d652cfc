#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tise/metrics/moments.h"
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

/// What is drawn for n images, one caption each. Rows are images, or crops.
struct Drawn {
  at::Tensor texts;       // [n, 8] of captions
  at::Tensor references;  // [n, 8]
  at::Tensor opposites;   // [n, 8]
  at::Tensor embeddings;  // [n, 8] of images
  at::Tensor features;    // [n, 4]
  at::Tensor logits;      // [n, 6]
  std::vector<std::string> words;
  std::vector<std::vector<std::size_t>> objects;  // of captions
  std::vector<std::vector<metrics::Asked>> asked;
  std::vector<std::vector<std::int64_t>> shown;  // classes of an image's detections
  std::vector<at::Tensor> crop_features;         // [detections, 4] each
  std::vector<at::Tensor> crop_logits;           // [detections, 6] each

  std::size_t size() const { return words.size(); }
};

/// Draws captions, and images for them: equal seeds give equal captions, whatever the images'.
Drawn draw(std::size_t n, std::uint64_t caption_seed, std::uint64_t image_seed,
           const Generator& generator = {});

/// The same without one image and its caption.
Drawn without(const Drawn& drawn, std::size_t image);

/// As metrics read them; holds the rows itself.
metrics::Samples samples_of(const Drawn& drawn);

/// The moments of many real images and their objects.
const metrics::Reference& drawn_reference();

/// Temperatures 1, as few splits as the world is small.
metrics::Settings drawn_settings(int splits = 10);

}  // namespace tise::testing
