#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "run_store.h"
#include "tise/data/images.h"
#include "tise/pipeline/encode_images.h"
#include "tise/run/plan.h"

namespace tise::run {

/// What is to be encoded of some images, and into which groups.
struct ImageWork {
  GroupTable groups;
  std::string role;        ///< for messages: `image`, `real image`
  std::size_t images = 0;  ///< all of them; the rest is in the store
  std::vector<pipeline::ImageTask> tasks;
};

/// For an image, the groups whose rows of it a store lacks, or has of another file. Crops whose objects are
/// to be found anew are not among them: they come with those.
using Lacking = std::function<std::vector<std::string_view>(const data::ImageFile&)>;

/// As the store is now. Rows of animated files count only if their first frames are wanted.
Lacking lacking(RunStore& store, const GroupTable& groups, const image::Opening& opening);

/// What there is to do of some images, in the order in which they are quick to read.
ImageWork work_on(std::span<const data::ImageFile> images, const Lacking& lacking, const GroupTable& groups,
                  const std::string& role);

/// The same of what a store lacks now. Throws InputError if it lacks something and can only be read.
ImageWork lacking_work(RunStore& store, const std::vector<data::ImageFile>& images, const GroupTable& groups,
                       const image::Opening& opening, const std::string& role);

}  // namespace tise::run
