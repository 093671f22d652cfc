// Caption cosine (CLIP-cos): CLIP-S without its weight, its clamp and its prompt. An example of a metric on
// rows that exist (CONTRIBUTING, "Adding a metric"); no paper's.
//
//     CLIP-cos = mean over pairs of cos(image, caption)

#include <memory>

#include "tise/metrics/metrics.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

Step caption_cosine(const Reading& reading) {
  const std::vector<std::size_t> pairs = pairs_for(reading.samples, reading.metric);
  if (pairs.empty()) return Result::undefined("no pairs");
  auto cosines = std::make_shared<std::vector<double>>(reading.samples.pairs.size());
  return pass_over_pairs(
      reading, pairs,
      [=](const Embeddings& images, std::span<const PairRow> block) {
        put_cosines(*cosines, reading, &PairTexts::bare, images, block);
      },
      [=] {
        Scores scores(cosines->size());
        for (const std::size_t pair : pairs) scores[pair] = (*cosines)[pair];
        return mean_of_pairs(reading.samples, std::move(scores));
      });
}

}  // namespace

extern const Metric kCaptionCosine{
    .key = "CLIP-cos",
    .summary = "cos(image, caption), mean over pairs",
    .definition = "mean over pairs of cos(image, caption)",
    .range = {-1.0, 1.0},
    .role = &kImageText,
    .items = {.captions = true},
    .texts = [](const data::Item& item, const Settings&, const TextVisitor& visit) { visit(item.caption); },
    .compute = &caption_cosine};

}  // namespace tise::metrics
