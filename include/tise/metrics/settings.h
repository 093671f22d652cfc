#pragma once

#include <c10/core/Device.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tise::metrics {

/// Whose formulae: those of the papers and their reference implementations, or those of the TISE toolbox's
/// code if it departs from them (docs/protocols.md).
enum class Protocol { kPaper, kTise };

enum class RpEstimator { kExact, kSampled };

/// Of KID: all pairs of all rows; or the mean over 100 subsets of 1,000, as its reference implementations
/// have it.
enum class KidEstimator { kFull, kSubsets };

/// What errors are of: other prompts of the kind and other images for them; or, if the prompts are all that
/// there are (a benchmark's), other images alone.
enum class Prompts { kSampled, kFixed };

/// Every choice that moves a number; each is in the signature if a metric reads it, the device is not.
struct Settings {
  Protocol protocol = Protocol::kPaper;
  std::string prompt = "A photo depicts ";  ///< UTF-8; a run adds a blank behind it (prompt_as_used)
  double logit_scale = 100.0;               ///< CLIP's, from its card: PA of the TISE toolbox
  std::optional<double> temperature = {};   ///< for IS*: from the command line, else the classifier's card
  std::optional<double> object_temperature = {};  ///< for O-IS, likewise of the classifier of crops
  double detector_threshold = 0.5;                ///< the least score of an object
  int splits = 10;
  std::uint32_t seed = 2020;
  std::optional<RpEstimator> rp = {};  ///< else the protocol's (estimator_of)
  KidEstimator kid = KidEstimator::kFull;
  Prompts prompts = Prompts::kSampled;  ///< moves errors, no values
  c10::Device device =
      c10::kCPU;  ///< of large products: covariances, RP's similarities; moves last digits only
};

/// A setting as signatures have it. It belongs to the metrics, or to the makers of rows, that it moves.
struct Setting {
  std::string_view key;  ///< `prompt`; of a maker's, behind its role: `detector.threshold`
  std::string_view meaning;
  std::string_view explanation;
  /// Nothing if, with the others as they are, it moves nothing.
  std::optional<std::string> (*value)(const Settings&);
  /// If the network's card has it unless it is given: the member. `T@other` is that of the metric by
  /// other.pt.
  std::optional<double> Settings::*of_card = nullptr;
  double of_tise = 0;          ///< what the TISE toolbox has in place of the card's
  std::string_view flag = {};  ///< that gives it
};

extern const Setting kProtocolSetting;
extern const Setting kPromptSetting;
extern const Setting kSplitsSetting;
extern const Setting kSeedSetting;
extern const Setting kTemperatureSetting;
extern const Setting kObjectTemperatureSetting;
extern const Setting kEstimatorSetting;
extern const Setting kKidSetting;
extern const Setting kThresholdSetting;
/// Of a counter: what becomes of classes that it doesn't know.
extern const Setting kCounterProtocolSetting;

/// RP's: the one that was chosen, else the protocol's, the TISE toolbox's being `sampled`.
RpEstimator estimator_of(const Settings& settings);

/// A prompt with a blank at its end, between it and the text, as clipscore has it; an empty one stays empty.
std::string prompt_as_used(std::string prompt);

/// `paper` or `tise`.
std::string_view to_string(Protocol protocol);
/// `full` or `subsets`.
std::string_view to_string(KidEstimator kid);
/// `sampled` or `fixed`.
std::string_view to_string(Prompts prompts);

/// The TISE toolbox's temperatures: of TensorFlow's Inception on COCO
/// (image_realism/IS/coco/inception_score_star_coco.py), and of its classifier of crops
/// (object_fidelity/O-IS/object_centric_inception_score.py).
inline constexpr double kTiseTemperature = 0.9091363549232483;
inline constexpr double kTiseObjectTemperature = 2.1737587451934814;

/// How many of `count` samples FID rests on: all of them; with the TISE toolbox, whose loader drops the last
/// batch if it isn't full (image_realism/FID/fid_score.py), whole batches of 50, as its README's commands
/// say.
std::size_t fid_samples(std::size_t count, Protocol protocol);
/// Why it rests on none though there are some.
inline constexpr std::string_view kNoFullBatch = "protocol tise drops a batch of 50 that isn't full";

}  // namespace tise::metrics
