#include "tise/metrics/role.h"

#include <algorithm>
#include <array>

#include "tise/base/concat.h"

namespace tise::metrics {

const Role kImageText{"clip", "CLIP", "The network of images and texts.", {"clip"}, {{"clip", "embeddings"}}};

const Role kClassifier{
    "inception", "IS*'s classifier", "The classifier of images.", {"inception"}, {{"classifier", "logits"}}};

const Role kFeatures{"features",
                     "the features' network",
                     "The network whose features are compared with those of real images.",
                     {"inception_fid", "inception"},
                     {{"classifier", "features"}, {"encoder", "features"}, {"clip", "embeddings"}}};

const Role kDetector{"detector",
                     "the detector",
                     "The network that finds objects.",
                     {"maskrcnn"},
                     {{"detector", "classes", {&kThresholdSetting}, &kLabels}}};

const Role kCropClassifier{"objects",
                           "the classifier of objects",
                           "The classifier of crops of objects.",
                           {"inception_objects", "inception"},
                           {{"classifier", "features"}},
                           &kDetector};

const Role kLabels{"labels",
                   "the labels",
                   "The detector or counter whose labels determine which words of a caption are objects.",
                   {"maskrcnn", "counter"},
                   {{"detector", ""}, {"counter", ""}}};

const Role kCounts{"counts",
                   "the network that counts objects for CA",
                   "The network that counts objects.",
                   {"counter", "maskrcnn"},
                   {{"counter", "counts", {&kCounterProtocolSetting}, &kLabels},
                    {"detector", "classes", {&kThresholdSetting}, &kLabels}}};

const Maker* Role::maker(std::string_view kind) const {
  const auto found = std::ranges::find(makers, kind, &Maker::kind);
  return found == makers.end() ? nullptr : &*found;
}

std::span<const Role* const> roles() {
  static constexpr std::array kRoles{&kImageText,      &kClassifier, &kFeatures, &kDetector,
                                     &kCropClassifier, &kCounts,     &kLabels};
  return kRoles;
}

std::string field_of(const Role& role, std::string_view archive, std::string_view detail) {
  return concat(role.key, detail.empty() ? "" : ".", detail, archive.empty() ? "" : "@", archive);
}

Named named(std::string_view key) {
  const std::size_t at = std::min(key.find('@'), key.size());
  return {key.substr(0, at), key.substr(std::min(at + 1, key.size()))};
}

}  // namespace tise::metrics
