#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tise::metrics {

/// In place of a row of Samples::texts: the store doesn't have this text.
inline constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

/// How many objects of a class a caption asks for.
struct Asked {
  std::size_t class_index = 0;  ///< into Samples::classes
  double number = 0;
};

/// One image/caption pair; texts are rows of Samples::texts. Texts that tokenize alike share a row.
struct SamplePair {
  std::string id;
  std::size_t image = 0;    ///< index into Samples::images
  std::size_t caption = 0;  ///< which text; pairs with the same text as written share it
  bool is_caption_empty = false;
  std::optional<std::size_t> cluster;    ///< pairs with the same label share a number
  std::size_t prompted = kNoRow;         ///< row of prompt + caption
  std::size_t bare = kNoRow;             ///< row of the caption alone
  std::vector<std::size_t> references;   ///< rows of prompt + reference
  std::vector<std::size_t> distractors;  ///< rows of listed distractors, bare (RP, sampled)
  std::size_t opposite = kNoRow;         ///< row of the caption with the opposite positional word
  std::string position;                  ///< that word; empty where it is not known
  std::vector<std::size_t> objects;      ///< mentioned classes, indices into Samples::classes, each once
  std::vector<Asked> asked;              ///< each class at most once
  std::optional<std::vector<std::string>> metrics;  ///< only these metrics use the pair

  bool used_by(std::string_view metric) const;
};

/// Rows of some images, at most a chunk at a time. Which tensors are there depends on the stream.
struct ImageRows {
  std::vector<std::size_t> images;  ///< of each row: index into Samples::images
  at::Tensor embeddings;            ///< [n, D] float32 (clip)
  at::Tensor features;              ///< [n, F] float32 (inception)
  at::Tensor logits;                ///< [n, C] float32 (inception)
  at::Tensor counts;                ///< [n, classes] float32 (counter); NaN where it doesn't know the class
};

/// Calls its argument with every evaluated image's row exactly once, in chunks, in an order that is not
/// defined. May be called again. Empty where the store lacks the column group.
using ImageStream = std::function<void(const std::function<void(const ImageRows&)>&)>;

/// Objects of some images, at most a chunk at a time: those at or above the threshold, one image's after
/// another's, each image's by falling score. Which tensors are there depends on the stream.
struct ObjectRows {
  std::vector<std::size_t> images;   ///< indices into Samples::images
  std::vector<std::int64_t> counts;  ///< of each of them, how many objects; their sum is m
  at::Tensor classes;                ///< [m] int64: index into Samples::classes, -1 for none (detections)
  at::Tensor boxes;                  ///< [m, 4] float32: x0, y0, x1, y1 in pixels (detections)
  at::Tensor scores;                 ///< [m] float32
  at::Tensor features;               ///< [m, F] float32 (crops)
  at::Tensor logits;                 ///< [m, C] float32 (crops)
};

/// As ImageStream: every evaluated image once, images without objects too.
using ObjectStream = std::function<void(const std::function<void(const ObjectRows&)>&)>;

/// The text embeddings of some rows: [rows.size(), D] float32, not normalised, in the order asked for.
using TextSource = std::function<at::Tensor(std::span<const std::size_t> rows)>;

/// What metrics read: the pairs, and ways to the rows of their images and texts. Memory does not hold the
/// rows.
struct Samples {
  std::vector<std::string> images;   ///< names of the evaluated images, in bytewise order
  std::vector<SamplePair> pairs;     ///< in the captions' order; empty without captions
  TextSource texts;                  ///< embeddings
  std::size_t cut_texts = 0;         ///< distinct texts that the metrics read which CLIP's context cut
  ImageStream clip;                  ///< embeddings
  ImageStream inception;             ///< logits, for IS and IS*
  ImageStream fid;                   ///< features, for FID
  ImageStream counter;               ///< counts, in place of the detections'
  ObjectStream detections;           ///< classes, boxes, scores
  ObjectStream crops;                ///< scores, features, logits
  std::vector<std::string> classes;  ///< names
  std::vector<std::uint32_t> crops_of_image;       ///< how many crops each of `images` has
  std::vector<std::uint32_t> detections_of_image;  ///< likewise of detections
};

}  // namespace tise::metrics
