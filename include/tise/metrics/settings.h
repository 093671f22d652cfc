#pragma once

#include <c10/core/Device.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tise::metrics {

/// Which formulas are used: those of the papers and their reference implementations, or those of the TISE
/// toolbox's code where it departs from them (docs/protocols.md).
enum class Protocol { kPaper, kTise };

/// What standard errors account for: other prompts of the same kind and other images for them, or, for a
/// benchmark whose prompts are fixed, only other images.
enum class Prompts { kSampled, kFixed };

/// Every choice that affects a number. Each is in the signature if a metric reads it, except the device.
struct Settings {
  Protocol protocol = Protocol::kPaper;
  std::string prompt = "A photo depicts ";  ///< UTF-8; a run appends a space (prompt_as_used)
  double logit_scale = 100.0;               ///< CLIP's, from its card; read by PA with Protocol::kTise
  std::optional<double> temperature = {};   ///< for IS*: from the command line, else the classifier's card
  std::optional<double> object_temperature = {};  ///< for O-IS: same, with the card of the crops' classifier
  double detector_threshold = 0.5;                ///< the lowest score of an object
  int splits = 10;
  std::uint32_t seed = 2020;
  /// The words given to flags of metrics' own settings, by flag (Setting::words).
  std::map<std::string, std::string, std::less<>> words = {};
  Prompts prompts = Prompts::kSampled;  ///< affects errors, not values
  /// For large products: covariances, RP's similarities. Affects only the last digits.
  c10::Device device = c10::kCPU;
};

/// A setting as shown in signatures. It belongs to the metrics, or to the makers of rows, that it affects.
/// A setting of one metric is in the metric's file.
struct Setting {
  std::string_view key;  ///< `prompt`; a maker's comes after its role: `detector.threshold`
  std::string_view meaning;
  std::string_view explanation;
  /// The value in the signature; nullopt if it has no effect together with the other settings.
  std::optional<std::string> (*value)(const Settings&);
  /// The member of Settings, if its default is in the network's card. `T@other` is then the value for a
  /// metric with the archive other.pt.
  std::optional<double> Settings::*of_card = nullptr;
  double of_tise = 0;          ///< what the TISE toolbox uses instead of the card's value
  std::string_view flag = {};  ///< the flag that sets it
  /// The words that the flag takes. For a metric's setting, the program then adds the flag, and records the
  /// word in stores.
  std::vector<std::string_view> words = {};
  std::string_view default_word = {};
  std::string_view default_of_tise = {};  ///< with --protocol tise, if that differs
  std::string_view help = {};             ///< of the flag
  /// What a value in a signature means, if that isn't clear from the explanation.
  std::vector<std::string> (*explain)(std::string_view value) = nullptr;

  /// The word given to its flag, else the default. Throws InputError if the word isn't one of `words`.
  std::string_view word(const Settings& settings) const;
};

extern const Setting kProtocolSetting;
extern const Setting kPromptSetting;
extern const Setting kSplitsSetting;
extern const Setting kSeedSetting;
extern const Setting kTemperatureSetting;
extern const Setting kObjectTemperatureSetting;
extern const Setting kThresholdSetting;
/// For a counter: how classes that it doesn't know are treated.
extern const Setting kCounterProtocolSetting;

/// The prompt with a space at its end to separate it from the text, as in clipscore. An empty prompt stays
/// empty.
std::string prompt_as_used(std::string prompt);

/// `paper` or `tise`.
std::string_view to_string(Protocol protocol);
/// `sampled` or `fixed`.
std::string_view to_string(Prompts prompts);

/// The TISE toolbox's temperatures: for TensorFlow's Inception on COCO
/// (image_realism/IS/coco/inception_score_star_coco.py), and for its classifier of crops
/// (object_fidelity/O-IS/object_centric_inception_score.py).
inline constexpr double kTiseTemperature = 0.9091363549232483;
inline constexpr double kTiseObjectTemperature = 2.1737587451934814;

/// How many of `count` samples FID uses. By default all of them. With Protocol::kTise only full batches of
/// 50: the toolbox's loader drops the last batch if it isn't full (image_realism/FID/fid_score.py), and the
/// commands in its README set batches of 50.
std::size_t fid_samples(std::size_t count, Protocol protocol);
/// The reason if it uses none of the samples.
inline constexpr std::string_view kNoFullBatch = "protocol tise uses only full batches of 50";

}  // namespace tise::metrics
