// Fréchet distance of the features of any network (FD): FID's formula (fid.cpp), which is FID by Inception's.
// With DINOv2 it is FD-DINOv2 (Stein et al., "Exposing flaws of generative model evaluation metrics and their
// unfair treatment of diffusion models", NeurIPS 2023; dgm-eval).
//
// Departures: those of FID.

#include "tise/metrics/metrics.h"

namespace tise::metrics {

const Metric kFrechetDistance{.key = "FD",
                              .summary = "Fréchet distance of a network's features to those of --real",
                              .definition = "as FID, of the features of any network",
                              .tise = kTiseFidRule,
                              .group = kFidelity,
                              .higher_is_better = false,
                              .role = &kFeatures,
                              .real = OfReal::kMoments,
                              .reads_order = true,
                              .settings = {&kProtocolSetting},
                              .compute = &fid};

}  // namespace tise::metrics
