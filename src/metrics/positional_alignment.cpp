// Positional Alignment (PA), Dinh et al., "TISE", ECCV 2022, section 3.3; PA of the TISE toolbox.
//
// For each positional word w, the share of images that are closer, by CLIP's cosine, to their caption than to
// the same caption with w replaced by its opposite. PA is the unweighted mean over the words:
//
//     PA = 1/|W| · Σ_w k_w / N_w
//
// Cosines that differ by at most 1e-6 are a tie, and a tie counts for the caption. A caption with the same
// tokens as its opposite is left out. A word that no caption has is left out of W. Captions with an opposite
// but without a known word form a word of their own, "unnamed".
//
// A pair of the word w, one of n pairs in all, has the influence n/(|W| N_w) · (success − k_w/N_w).
//
// TISE's code (Protocol::kTise) asks for more: softmax(s·cos) over the two captions must give the caption
// more than 0.6, where s is CLIP's logit scale. So the caption's cosine must lead by log(0.6/0.4) / s,
// 0.00405 for s = 100.

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string>

#include "tise/metrics/metrics.h"
#include "tise/metrics/selection.h"
#include "tise/metrics/similarity.h"

namespace tise::metrics {
namespace {

constexpr const char* kUnnamed = "unnamed";
constexpr double kTiseConfidence = 0.6;

/// By how much the caption's cosine must exceed its opposite's.
double lead_asked(const Settings& settings) {
  if (settings.protocol == Protocol::kPaper) return 0.0;
  return std::log(kTiseConfidence / (1.0 - kTiseConfidence)) / settings.logit_scale;
}

struct Share {
  std::size_t successes = 0;
  std::size_t count = 0;
  double value() const { return static_cast<double>(successes) / static_cast<double>(count); }
};

/// Leaves out captions with the same tokens as their opposites, which decide nothing: the context's end cuts
/// these texts before they differ. Returns how many. The toolbox counts them as failures.
std::size_t leave_out_alike(const Reading& reading, std::vector<std::size_t>& pairs) {
  if (reading.settings.protocol == Protocol::kTise) return 0;
  return std::erase_if(pairs, [&](std::size_t pair) {
    const PairTexts& texts = reading.texts->of_pair[pair];
    return texts.opposite == texts.bare;
  });
}

std::string word_of(const SamplePair& pair) { return pair.position.empty() ? kUnnamed : pair.position; }

/// Each pair's success or failure, with its word as the stratum.
Strata strata_of(const Samples& samples, const Scores& scores) {
  std::set<std::string> words;
  for (std::size_t pair = 0; pair < scores.size(); ++pair) {
    if (scores[pair]) words.insert(word_of(samples.pairs[pair]));
  }
  Strata strata{"word", "words", {words.begin(), words.end()}, {}};
  strata.of_pair.resize(scores.size());
  for (std::size_t pair = 0; pair < scores.size(); ++pair) {
    if (!scores[pair]) continue;
    const auto word = std::ranges::lower_bound(strata.names, word_of(samples.pairs[pair]));
    strata.of_pair[pair] = {{static_cast<std::size_t>(word - strata.names.begin()), *scores[pair]}};
  }
  return strata;
}

/// The cosines of the pairs' images with their captions and with the opposite captions.
struct Cosines {
  std::vector<double> own;
  std::vector<double> opposite;
};

/// Success or failure of each pair.
Scores scores_of(const Cosines& cosines, const std::vector<std::size_t>& pairs, const Settings& settings) {
  const double lead = lead_asked(settings);
  Scores scores(cosines.own.size());
  for (const std::size_t pair : pairs) {
    const double margin = cosines.own[pair] - cosines.opposite[pair] - lead;
    scores[pair] = std::isfinite(margin) ? (margin >= -kTie ? 1.0 : 0.0) : margin;
  }
  return scores;
}

Result mean_over_words(const Samples& samples, Scores scores, std::size_t alike) {
  Result result = mean_of_pairs(samples, std::move(scores));
  if (!result.value) return result;
  result.strata = strata_of(samples, result.pair_scores);
  std::vector<Share> words(result.strata.names.size());
  for (const auto& outcomes : result.strata.of_pair) {
    for (const auto& [word, success] : outcomes) {
      words[word].successes += success == 1.0 ? 1U : 0U;
      ++words[word].count;
    }
  }
  double sum = 0.0;
  for (std::size_t word = 0; word < words.size(); ++word) {
    const Share& share = words[word];
    sum += share.value();
    result.details["words"][result.strata.names[word]] = {
        {"value", share.value()}, {"k", share.successes}, {"N", share.count}};
  }
  result.value = sum / static_cast<double>(words.size());
  result.warn_of(
      "left_out", alike, "caption", {"is", "are"},
      "left out, with the same tokens as the opposite caption (texts are cut at the context's end)");
  for (std::size_t pair = 0; pair < result.strata.of_pair.size(); ++pair) {
    for (const auto& [word, success] : result.strata.of_pair[pair]) {
      const double weight =
          static_cast<double>(result.n) / static_cast<double>(words.size() * words[word].count);
      result.influence[pair] = weight * (success - words[word].value());
    }
  }
  return result;
}

Step positional_alignment(const Reading& reading) {
  std::vector<std::size_t> pairs = pairs_for(reading.samples, reading.metric);
  if (pairs.empty()) return Result::undefined("no pairs");
  std::erase_if(pairs, [&](std::size_t pair) { return reading.texts->of_pair[pair].opposite == kNoRow; });
  if (pairs.empty()) return Result::undefined("no caption has a positional word");
  const std::size_t alike = leave_out_alike(reading, pairs);
  if (pairs.empty()) return Result::undefined("every caption has the same tokens as its opposite");

  const std::size_t all = reading.samples.pairs.size();
  auto cosines = std::make_shared<Cosines>(Cosines{std::vector<double>(all), std::vector<double>(all)});
  return pass_over_pairs(
      reading, pairs,
      [=](const Embeddings& images, std::span<const PairRow> block) {
        put_cosines(cosines->own, reading, &PairTexts::bare, images, block);
        put_cosines(cosines->opposite, reading, &PairTexts::opposite, images, block);
      },
      [=] { return mean_over_words(reading.samples, scores_of(*cosines, pairs, reading.settings), alike); });
}

void visit_captions_and_opposites(const data::Item& item, const Settings&, const TextVisitor& visit) {
  if (!item.opposite) return;
  visit(item.caption);
  visit(*item.opposite);
}

}  // namespace

extern const Metric kPositionalAlignment{
    .key = "PA",
    .summary =
        "how often an image is closer to its caption than to the one with the opposite positional word",
    .definition =
        "share of captions whose cosine is at most 1e-6 below that of the opposite caption, mean over "
        "positional words",
    .tise = "the caption must get more than 0.6 of softmax(s·cos), where s is CLIP's logit scale",
    .aspect = "positional alignment",
    .range = kShare,
    .role = &kImageText,
    .items = {.captions = true, .opposites = true},
    .settings = {&kProtocolSetting},
    .texts = &visit_captions_and_opposites,
    .compute = &positional_alignment};

}  // namespace tise::metrics
