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
  std::string_view kind;                      ///< as in model cards: `classifier`
  std::string_view column;                    ///< the column of its rows that the role reads
  std::vector<const Setting*> settings = {};  ///< those that affect its rows
  /// A second role whose archive also affects what a metric reads from these rows.
  const Role* companion = nullptr;
};

/// A part that a network plays for metrics. A metric reads the rows of its role's network, and the fields of
/// a signature that identify this network begin with the role's key.
struct Role {
  std::string_view key;  ///< in signatures: `clip`; `clip@other` if a metric names an archive
  std::string_view meaning;
  std::string_view explanation;
  std::vector<std::string_view> archives;  ///< the first that exists plays it, unless a metric names one
  std::vector<Maker> makers;
  /// For rows of crops of objects: the role that finds the objects.
  const Role* finder = nullptr;

  /// The maker of this kind; nullptr if that kind can't play the role.
  const Maker* maker(std::string_view kind) const;
};

extern const Role kImageText;       ///< an encoder of images and texts
extern const Role kClassifier;      ///< class logits
extern const Role kFeatures;        ///< features of images
extern const Role kDetector;        ///< objects
extern const Role kCropClassifier;  ///< features and logits of crops of objects
extern const Role kCounts;          ///< how many objects of each class an image has
extern const Role kLabels;          ///< names the classes of objects; has no rows

/// All roles.
std::span<const Role* const> roles();

/// `clip`, or `clip@other` for a named archive; with a detail `clip.input` or `clip.input@other`. The archive
/// is whatever follows the first `@`.
std::string field_of(const Role& role, std::string_view archive, std::string_view detail = "");

/// A key, such as that of a field or of a metric, without its archive; and the archive, empty without one.
struct Named {
  std::string_view name;
  std::string_view archive;
};
Named named(std::string_view key);

}  // namespace tise::metrics
