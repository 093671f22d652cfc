// Fréchet Distance (FD): FID's formula (fid.cpp) with the features of any network. With Inception's it is
// FID, with DINOv2's it is FD-DINOv2 (Stein et al., "Exposing flaws of generative model evaluation metrics
// and their unfair treatment of diffusion models", NeurIPS 2023; dgm-eval).
//
// Departures: those of FID.

#include "tise/metrics/metrics.h"

namespace tise::metrics {

extern const Metric kFrechetDistance{
    .key = "FD",
    .summary = "Fréchet distance between a network's features of the images and of --real",
    .definition = "as FID, with the features of any network",
    .tise = kTiseFidRule,
    .group = kFidelity,
    .known_as = {{"FD-DINOv2", "FD@dinov2"}, {"FD_DINOv2", "FD@dinov2"}, {"FDD", "FD@dinov2"}},
    .higher_is_better = false,
    .role = &kFeatures,
    .real = OfReal::kMoments,
    .order = {kHalves, kLastBatch},
    .settings = {&kProtocolSetting},
    .compute = &fid};

}  // namespace tise::metrics
