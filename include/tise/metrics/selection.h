#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tise/metrics/samples.h"

namespace tise::metrics {

/// The pairs that the metric uses: indices into Samples::pairs, rising.
std::vector<std::size_t> pairs_for(const Samples& samples, std::string_view metric);

/// The images that an image metric uses: indices into Samples::images, rising. Those of the pairs that it
/// uses, each once; all where there are no pairs.
std::vector<std::size_t> images_for(const Samples& samples, std::string_view metric);

/// The images of some pairs, each once: indices into Samples::images, rising.
std::vector<std::size_t> images_of(const Samples& samples, const std::vector<std::size_t>& pairs);

/// For each image (index), the given pairs that have it.
std::vector<std::vector<std::size_t>> pairs_by_image(const Samples& samples,
                                                     const std::vector<std::size_t>& pairs);

/// The values in rising order, each once.
std::vector<std::size_t> sorted_set(std::vector<std::size_t> values);

/// Passes on the rows of `images` (rising) only. Throws std::logic_error unless the stream had each once.
void visit_images(const ImageStream& stream, const std::vector<std::size_t>& images,
                  const std::function<void(const ImageRows&)>& visit);

/// Passes on the objects of `images` (rising) only. Throws std::logic_error unless the stream had each once.
void visit_objects(const ObjectStream& stream, const std::vector<std::size_t>& images,
                   const std::function<void(const ObjectRows&)>& visit);

/// Of each image (index), the place of its first object among those of `images` (rising), then how many there
/// are in all. `counts` has the number of objects of each image.
std::vector<std::size_t> first_places(const std::vector<std::uint32_t>& counts,
                                      const std::vector<std::size_t>& images);

/// Objects of some images that have no crop, since they have no pixel.
std::size_t empty_objects(const Samples& samples, const std::vector<std::size_t>& images);

}  // namespace tise::metrics
