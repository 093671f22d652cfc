#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tise/data/images.h"
#include "tise/image/decode.h"
#include "tise/image/prepare.h"
#include "tise/pipeline/monitor.h"
#include "tise/pipeline/rows.h"

namespace tise::pipeline {

/// Pictures on their way into a model.
struct Batch {
  std::vector<FileIdentity> files;
  std::vector<at::Tensor> inputs;  ///< [3, H, W] float32, as the branch's preparation makes them
  std::vector<std::shared_ptr<const image::Pixels>> pixels;  ///< instead, where the branch has none
};

/// A model as the pipeline sees it: how it takes a picture, and a function from a batch to rows.
struct Branch {
  std::string name;                               ///< of the stage
  std::optional<image::Preparation> preparation;  ///< none: it takes the pictures' own pixels
  /// On the device; called by several threads at once where the run has several lanes. May throw BadPicture.
  std::function<std::vector<ImageRows>(const Batch&, c10::Device)> encode;
  std::size_t share = 1;       ///< of the run's batch size it takes the share-th part
  std::function<void()> load;  ///< called before the run where a picture goes through the branch, if there
  bool mixes_sizes = false;    ///< whether pixels of several sizes may be in a batch
};

/// A branch whose pictures become one batch [N, 3, H, W] float32 on the lane's device, and that batch N rows
/// of one group. Where the lanes are of a GPU it prepares the pictures, as far as it knows how.
Branch encoder(const std::string& group, const image::Preparation& preparation,
               std::function<Columns(const at::Tensor&)> encode, c10::Device lanes = c10::kCPU);

/// An image and the branches that have yet to see it.
struct ImageTask {
  data::ImageFile image;
  std::vector<bool> branches;  ///< one for each branch of the run
};

enum class OnBadImage { kFail, kSkip };

struct EncodeOptions {
  std::size_t batch_size = 16;
  std::size_t most = 0;                       ///< what the batch size may grow to; 0: it is fixed
  std::size_t workers = 2;                    ///< threads that decode and prepare
  std::vector<c10::Device> lanes{c10::kCPU};  ///< the device of each (Lanes)
  OnBadImage on_bad_image = OnBadImage::kFail;
  std::int64_t max_pixels = image::kUsualMaxPixels;  ///< a larger image is bad
  std::string role = "image";                        ///< for messages and progress: `image`, `real image`

  std::size_t largest_batch() const { return std::max(batch_size, most); }
};

/// An image that could not be used.
struct BadImage {
  std::string name;
  std::string why;
};

/// Why a branch can't take a picture, where that is the picture's fault: it counts as a bad image.
class BadPicture : public std::runtime_error {
 public:
  BadPicture(std::size_t number, const std::string& why) : std::runtime_error(why), number_(number) {}
  std::size_t number() const { return number_; }  ///< within the batch

 private:
  std::size_t number_;
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

/// Looks over every image without decoding it, so that what can be known is known before any network runs.
/// Throws InputError that lists the bad ones; Interrupted.
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
