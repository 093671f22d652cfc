// CLIPScore (CLIP-S), Hessel et al., "CLIPScore: A Reference-free Evaluation Metric for Image Captioning",
// EMNLP 2021, section 3; clipscore.py of jmhessel/clipscore.
//
//     CLIP-S = mean over pairs of 2.5 · max(cos(image, prompt + caption), 0)
//
// Departures: none in the formula. The script computes cosines in float32 (float16 on a GPU); here they are
// float64 sums over the float32 embeddings. An embedding of zeros has cosine 0 with everything, as in the
// script.

#include <algorithm>

#include "tise/metrics/metrics.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
double clip_score_of(double cosine) { return std::max(kClipScoreWeight * cosine, 0.0); }

extern const Metric kClipScore{
    .key = "CLIP-S",
    .summary = "2.5·max(cos(image, prompt + caption), 0), mean over pairs",
    .definition = "mean over pairs of 2.5·max(cos(image, prompt + caption), 0)",
    .range = {0.0, kClipScoreWeight},
    .role = &kImageText,
    .items = {.captions = true},
    .settings = {&kPromptSetting},
    .texts = [](const data::Item& item, const Settings& settings,
                const TextVisitor& visit) { visit(settings.prompt + item.caption); },
    .compute =
        [](const Reading& reading) {
          return mean_over_cosines(reading, &PairTexts::prompted, &clip_score_of);
        }};

}  // namespace tise::metrics
