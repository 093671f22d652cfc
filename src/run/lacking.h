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

/// Which images must be encoded, and into which groups.
struct ImageWork {
  GroupTable groups;
  std::string role;        ///< for messages: `image`, `real image`
  std::size_t images = 0;  ///< all images; those without a task are in the store
  std::vector<pipeline::ImageTask> tasks;
};

/// For an image, the groups in which its row is missing or was made from another file. Groups of crops are
/// left out if their objects must be detected again: they are filled along with those.
using Lacking = std::function<std::vector<std::string_view>(const data::ImageFile&)>;

/// Looks at the store as it is now. Rows of animated files count only if `opening` asks for first frames.
Lacking lacking(RunStore& store, const GroupTable& groups, const image::Opening& opening);

/// The work on these images, in the order in which they are fastest to read.
ImageWork work_on(std::span<const data::ImageFile> images, const Lacking& lacking, const GroupTable& groups,
                  const std::string& role);

/// The work needed to complete a store. Throws InputError if rows are missing and the store is read-only.
ImageWork lacking_work(RunStore& store, const std::vector<data::ImageFile>& images, const GroupTable& groups,
                       const image::Opening& opening, const std::string& role);

}  // namespace tise::run
