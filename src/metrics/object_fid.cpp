// Object-centric FID (O-FID), Dinh et al., "TISE", ECCV 2022, section 3.5; O-FID of the TISE toolbox.
//
// FID (fid.cpp) between crops of the objects that the detector finds, with a score at or above the threshold,
// in the evaluated images and in real ones. Objects without a pixel have no crop (`empty`). The TISE toolbox
// (Protocol::kTise) drops the last batch of 50 crops where it isn't full (`dropped`); crops stand in the
// order of their images, then of falling score. Crops of an image are one sample of the standard error.

#include "tise/metrics/metrics.h"

namespace tise::metrics {

const Metric kObjectFid{.key = "O-FID",
                        .summary = "FID between such crops of the images and of --real",
                        .definition = "as FID, of crops of the objects that are found, in both sets",
                        .tise = kTiseFidRule,
                        .aspect = "object fidelity",
                        .higher_is_better = false,
                        .role = &kCropClassifier,
                        .real = OfReal::kMoments,
                        .reads_order = true,
                        .settings = {&kProtocolSetting},
                        .compute = &fid};

}  // namespace tise::metrics
