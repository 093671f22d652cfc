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

/// An image and the names of the branches it still has to go through. The caller owns the names' memory.
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
  std::size_t most = 0;                       ///< limit to which the batch size may grow; 0: it is fixed
  std::size_t workers = 2;                    ///< threads that decode and prepare
  std::vector<c10::Device> lanes{c10::kCPU};  ///< the device of each lane (Lanes)
  OnBadImage on_bad_image = OnBadImage::kFail;
  image::Opening opening = {};
  std::string role = "image";  ///< for messages and progress: `image`, `real image`

  std::size_t largest_batch() const { return std::max(batch_size, most); }
};

/// An image that can't be used.
struct BadImage {
  std::string name;
  std::string why;
};

/// An image's bytes, and what distinguishes the file from others with the same name.
struct ReadImage {
  std::vector<std::uint8_t> bytes;
  FileIdentity file;
};
/// Throws InputError `<role> <path>: …` if the file can't be read or has more than `most` bytes.
ReadImage read_identified(const data::ImageFile& image, const std::string& role, std::size_t most);

/// Calls `load` of every branch that at least one task goes through.
void load_branches(const std::vector<ImageTask>& tasks, const std::vector<Branch>& branches);

/// The result of inspecting an image without decoding it: its header, or why it is bad.
using LookedOver = std::variant<image::PictureHeader, BadImage>;

/// Inspects images on `options.workers` threads. Returns one result per image, in order. Throws Interrupted.
std::vector<LookedOver> look_over(const std::vector<const data::ImageFile*>& images,
                                  const EncodeOptions& options, const Monitor& monitor);

/// Inspects every image, to find bad ones before any network runs. Throws InputError that lists the bad ones;
/// Interrupted.
void check_images(const std::vector<ImageTask>& tasks, const EncodeOptions& options, const Monitor& monitor);

/// Decodes each image once, prepares it for each of its branches, and passes every branch's rows to `sink`.
/// The order of the rows is that of the tasks, for any number of workers and lanes. `sink` runs on the
/// calling thread; so do the branches if there is only one lane. Memory is limited to a few batches, and for
/// branches that take pixels also in bytes. A batch that throws OutOfMemory is split into smaller ones.
///
/// With kFail a bad image ends the encoding; the remaining images are still decoded, so that the InputError
/// lists every bad one. With kSkip bad images are returned. Exceptions from workers, branches and `sink`
/// reach the caller. Throws Interrupted if a stop was requested.
std::vector<BadImage> encode_images(const std::vector<ImageTask>& tasks, const std::vector<Branch>& branches,
                                    const EncodeOptions& options,
                                    const std::function<void(ImageRows&&)>& sink, const Monitor& monitor,
                                    StageClock& clock);

}  // namespace tise::pipeline
