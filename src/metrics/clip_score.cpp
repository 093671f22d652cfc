// CLIPScore (CLIP-S), Hessel et al., "CLIPScore: A Reference-free Evaluation Metric for Image Captioning",
// EMNLP 2021, section 3; clipscore.py of jmhessel/clipscore.
//
//     CLIP-S = mean over pairs of 2.5 · max(cos(image, prompt + caption), 0)
//
// Departures: none in the formula. The script's cosines are float32 (float16 on a GPU), ours are float64 sums
// of the float32 embeddings. An embedding of zeros has cosine 0 with everything, as it has in the script.

#include "tise/metrics/clip_score.h"

#include <algorithm>
#include <memory>

#include "tise/metrics/metrics.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

Step clip_score(const Reading& reading) {
  const std::vector<std::size_t> pairs = pairs_for(reading.samples, reading.metric);
  if (pairs.empty()) return Result::undefined("no pairs");
  auto cosines = std::make_shared<std::vector<double>>(reading.samples.pairs.size());
  return pass_over_pairs(
      reading, pairs,
      [=](const Embeddings& images, std::span<const PairRow> block) {
        put_cosines(*cosines, reading, &PairTexts::prompted, images, block);
      },
      [=] {
        Scores scores(cosines->size());
        for (const std::size_t pair : pairs) scores[pair] = clip_score_of((*cosines)[pair]);
        return mean_of_pairs(reading.samples, std::move(scores));
      });
}

}  // namespace

double clip_score_of(double cosine) { return std::max(kClipScoreWeight * cosine, 0.0); }

const Metric kClipScore{.key = "CLIP-S",
                        .summary = "2.5·max(cos(image, prompt + caption), 0), mean over pairs",
                        .definition = "mean over pairs of 2.5·max(cos(image, prompt + caption), 0)",
                        .range = {0.0, kClipScoreWeight},
                        .role = &kImageText,
                        .items = {.captions = true},
                        .settings = {&kPromptSetting},
                        .texts = [](const data::Item& item, const Settings& settings,
                                    const TextVisitor& visit) { visit(settings.prompt + item.caption); },
                        .compute = &clip_score};

}  // namespace tise::metrics
