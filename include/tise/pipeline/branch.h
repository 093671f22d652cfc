#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tise/image/prepare.h"
#include "tise/models/models.h"
#include "tise/store/rows.h"

namespace tise::pipeline {

/// Pictures that a thread prepares at a time: for fewer, starting another takes longer than it saves.
inline constexpr std::int64_t kPicturesPerThread = 2;

using store::Columns;
using store::FileIdentity;
using store::ImageRows;

/// Pictures on their way into a network.
struct Batch {
  std::vector<FileIdentity> files;
  std::vector<at::Tensor> inputs;  ///< [3, H, W] float32, as the branch's preparation makes them
  std::vector<std::shared_ptr<const image::Pixels>> pixels;  ///< instead, where the branch has none
};

/// Why a branch can't take a picture, where that is the picture's fault: it counts as a bad image.
struct BadPicture : std::runtime_error {
  BadPicture(std::size_t place, const std::string& why) : std::runtime_error(why), number(place) {}
  std::size_t number;  ///< within the batch
};

/// A network as the pipeline sees it: how it takes a picture, and a function from a batch to rows.
struct Branch {
  std::string name;                               ///< of the stage, and for tasks
  std::optional<image::Preparation> preparation;  ///< none: it takes the pictures' own pixels
  /// On the device; called by several threads at once where the run has several lanes. May throw BadPicture.
  std::function<std::vector<ImageRows>(const Batch&, c10::Device)> encode;
  std::size_t batch_divisor = 1;  ///< its batches have the run's batch size divided by this
  std::function<void()> load;     ///< called before the run where a picture goes through the branch, if there
  bool mixes_sizes = false;       ///< whether pixels of several sizes may be in a batch
};

/// An archive, and its network on each of the run's devices, loaded when it is first asked for.
struct Model {
  const models::Archive& archive;
  std::function<models::Network&(c10::Device)> network;
  std::vector<c10::Device> devices;

  void load() const { std::ranges::for_each(devices, network); }
};

/// The branch of an archive of any kind, whose rows are of the group of its own name.
Branch branch_of(const std::string& group, const Model& model);

/// A branch whose pictures become one batch [N, 3, H, W] float32 on the lane's device, and that batch N rows
/// of one group. Where the lanes are of a GPU it prepares the pictures, as far as it knows how.
Branch encoder(const std::string& group, const image::Preparation& preparation,
               std::function<models::Rows(const at::Tensor&)> encode, c10::Device lanes = c10::kCPU);

}  // namespace tise::pipeline
