#pragma once

#include "tise/metrics/registry.h"

/// The metrics. Each is one file of its name, with its definition, source and departures on top. To add one:
/// write its file, add its line here and in registry.cpp, its test and its page (CONTRIBUTING, "Adding a
/// metric").
namespace tise::metrics {

extern const Metric kClipScore;                 // clip_score.cpp
extern const Metric kRefClipScore;              // ref_clip_score.cpp
extern const Metric kInceptionScore;            // inception_score.cpp
extern const Metric kCalibratedInceptionScore;  // inception_score.cpp
extern const Metric kFid;                       // fid.cpp
extern const Metric kObjectInceptionScore;      // object_inception_score.cpp
extern const Metric kObjectFid;                 // object_fid.cpp
extern const Metric kRPrecision;                // r_precision.cpp
extern const Metric kSoaByClass;                // semantic_object_accuracy.cpp
extern const Metric kSoaByImage;                // semantic_object_accuracy.cpp
extern const Metric kPositionalAlignment;       // positional_alignment.cpp
extern const Metric kCountingAlignment;         // counting_alignment.cpp

}  // namespace tise::metrics
