#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tise/metrics/settings.h"

namespace tise::metrics {

struct Role;

/// A kind of network that can play a role.
struct Maker {
  std::string_view kind;                      ///< as cards have it: `classifier`
  std::string_view column;                    ///< of its rows, the one that the role is about
  std::vector<const Setting*> settings = {};  ///< that move its rows
  /// A second role whose archive also changes what a metric reads from these rows.
  const Role* companion = nullptr;
};

/// A part that a network plays for metrics. The rows that a metric reads are those of its role's network, and
/// so are the fields of a signature that say which network that was.
struct Role {
  std::string_view key;  ///< in signatures: `clip`; `clip@other` if a metric names an archive
  std::string_view meaning;
  std::string_view explanation;
  std::vector<std::string_view>
      archives;  ///< that play it unless a metric names one: the first that is there
  std::vector<Maker> makers;
  /// If the rows are of crops of objects: the role that finds them.
  const Role* finder = nullptr;

  /// The maker of this kind; null if that can't play the role.
  const Maker* maker(std::string_view kind) const;
};

extern const Role kImageText;       ///< an encoder of images and texts
extern const Role kClassifier;      ///< class logits
extern const Role kFeatures;        ///< features of images
extern const Role kDetector;        ///< objects
extern const Role kCropClassifier;  ///< features and logits of crops of objects
extern const Role kCounts;          ///< how many objects of each class an image has
extern const Role kLabels;          ///< names the classes of objects; has no rows

/// All of them.
std::span<const Role* const> roles();

/// `clip`, or `clip@other` for a named archive; of a detail `clip.input`, `clip.input@other`: whatever stands
/// in an archive's name, it is what follows the first `@`.
std::string field_of(const Role& role, std::string_view archive, std::string_view detail = "");

}  // namespace tise::metrics
