// Object-centric FID (O-FID), Dinh et al., "TISE", ECCV 2022, section 3.5; O-FID of the TISE toolbox.
//
// FID (fid.cpp) between crops from the evaluated images and crops from real images. The crops are of the
// objects that the detector finds with a score at or above the threshold. Objects that cover no pixel have no
// crop (`empty`). The TISE toolbox (Protocol::kTise) drops the last batch of 50 crops if it isn't full
// (`dropped`); crops are in the order of their images, then of falling score. For the standard error, the
// crops of an image are one sample.

#include "tise/metrics/metrics.h"

namespace tise::metrics {

extern const Metric kObjectFid{
    .key = "O-FID",
    .summary = "FID between crops of the objects detected in the images and in --real",
    .definition = "as FID, with crops of the detected objects in both sets",
    .tise = kTiseFidRule,
    .aspect = "object fidelity",
    .higher_is_better = false,
    .role = &kCropClassifier,
    .real = OfReal::kMoments,
    .order = {kHalves, kLastBatch},
    .settings = {&kProtocolSetting},
    .compute = &fid};

}  // namespace tise::metrics
