// Caption cosine (CLIP-cos): CLIP-S without its weight, clamp and prompt. An example of a metric that uses
// existing rows (CONTRIBUTING, "Adding a metric"), not from a paper.
//
//     CLIP-cos = mean over pairs of cos(image, caption)

#include "tise/metrics/metrics.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
extern const Metric kCaptionCosine{
    .key = "CLIP-cos",
    .summary = "cos(image, caption), mean over pairs",
    .definition = "mean over pairs of cos(image, caption)",
    .range = {-1.0, 1.0},
    .role = &kImageText,
    .items = {.captions = true},
    .texts = [](const data::Item& item, const Settings&, const TextVisitor& visit) { visit(item.caption); },
    .compute =
        [](const Reading& reading) {
          return mean_over_cosines(reading, &PairTexts::bare, [](double cosine) { return cosine; });
        }};

}  // namespace tise::metrics
