#pragma once

#include <c10/core/Device.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tise/data/images.h"
#include "tise/image/open.h"
#include "tise/pipeline/branch.h"
#include "tise/pipeline/monitor.h"
#include "tise/store/rows.h"

namespace tise::pipeline {

/// An image and the branches that have yet to see it, by name. Whoever makes the task keeps the names.
struct ImageTask {
  data::ImageFile image;
  std::vector<std::string_view> branches;

  bool goes_through(const Branch& branch) const {
    return std::ranges::find(branches, branch.name) != branches.end();
  }
};

enum class OnBadImage { kFail, kSkip };

struct EncodeOptions {
  std::size_t batch_size = 16;
  std::size_t most = 0;                       ///< what the batch size may grow to; 0: it is fixed
  std::size_t workers = 2;                    ///< threads that decode and prepare
  std::vector<c10::Device> lanes{c10::kCPU};  ///< the device of each (Lanes)
  OnBadImage on_bad_image = OnBadImage::kFail;
  image::Opening opening = {};
  std::string role = "image";  ///< for messages and progress: `image`, `real image`

  std::size_t largest_batch() const { return std::max(batch_size, most); }
};

/// An image that could not be used.
struct BadImage {
  std::string name;
  std::string why;
};

/// An image's bytes, and what tells them from others under its name.
struct ReadImage {
  std::vector<std::uint8_t> bytes;
  FileIdentity file;
};
/// Throws InputError `<role> <path>: …` if it can't be read or has more than so many bytes.
ReadImage read_identified(const data::ImageFile& image, const std::string& role, std::size_t most);

/// Calls `load` of every branch that some task goes through.
void load_branches(const std::vector<ImageTask>& tasks, const std::vector<Branch>& branches);

/// What can be known of an image without decoding it: its header, or why it is bad.
using LookedOver = std::variant<image::PictureHeader, BadImage>;

/// Looks over images, in their order, on so many threads. Throws Interrupted.
std::vector<LookedOver> look_over(const std::vector<const data::ImageFile*>& images,
                                  const EncodeOptions& options, const Monitor& monitor);

/// Looks over every image, so that what can be known is known before any network runs. Throws InputError that
/// lists the bad ones; Interrupted.
void check_images(const std::vector<ImageTask>& tasks, const EncodeOptions& options, const Monitor& monitor);

/// Decodes each image once, prepares it for each of its branches, and hands every branch's rows to `sink`, in
/// the order of the tasks whatever the number of workers and lanes. `sink` is called on the calling thread;
/// so are the branches where there is one lane. Memory is bounded by a few batches, and by bytes where
/// branches take pixels. A batch that throws OutOfMemory is cut into smaller ones.
///
/// With kFail a bad image ends the encoding; the rest are still decoded, so that the InputError lists every
/// bad one. With kSkip they are returned. Whatever a worker, a branch or the sink throws reaches the caller;
/// Interrupted where a stop was asked for.
std::vector<BadImage> encode_images(const std::vector<ImageTask>& tasks, const std::vector<Branch>& branches,
                                    const EncodeOptions& options,
                                    const std::function<void(ImageRows&&)>& sink, const Monitor& monitor,
                                    StageClock& clock);

}  // namespace tise::pipeline
