// Object-centric FID (O-FID), Dinh et al., "TISE", ECCV 2022, section 3.5; O-FID of the TISE toolbox.
//
// FID (fid.cpp) between crops of the objects that the detector finds, with a score at or above the threshold,
// in the evaluated images and in real ones. Objects without a pixel have no crop (`empty`). The TISE toolbox
// (Protocol::kTise) drops the last batch of 50 crops where it isn't full (`dropped`); crops stand in the
// order of their images, then of falling score. Crops of an image are one sample of the standard error.

#include "tise/metrics/object_fid.h"

#include "tise/metrics/fid.h"
#include "tise/metrics/selection.h"

namespace tise::metrics {

Result object_fid(const Samples& samples, const Reference* real, const Settings& settings) {
  if (real == nullptr || !real->objects) return Result::undefined("no objects of real images");
  const std::vector<std::size_t> images = images_for(samples, kObjectFidKey);
  if (images.empty()) return Result::undefined("no images");
  if (!samples.crops) return Result::undefined("no crops of objects");
  const std::vector<std::size_t> first = first_places(samples.crops_of_image, images);
  const std::size_t given = first.back();
  const std::size_t taken = fid_samples(given, settings.protocol);
  const MetricRows features{kObjectFidKey, "crop", images,
                            object_blocks(samples.crops, images, first, &ObjectRows::features, taken), given};
  Result result = fid_of(samples, features, *real->objects, settings);
  if (!result.value) return result;
  result.details["images"] = images.size();
  result.details["empty"] = empty_objects(samples, images);
  return result;
}

}  // namespace tise::metrics
