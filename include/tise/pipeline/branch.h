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

/// Pictures that a thread prepares per task. For fewer, starting another thread takes longer than it saves.
inline constexpr std::int64_t kPicturesPerThread = 2;

using store::Columns;
using store::FileIdentity;
using store::ImageRows;

/// The pictures that go into a network together.
struct Batch {
  std::vector<FileIdentity> files;
  std::vector<at::Tensor> inputs;  ///< [3, H, W] float32, prepared; empty if the branch has no preparation
  std::vector<std::shared_ptr<const image::Pixels>> pixels;  ///< empty if the branch has a preparation
};

/// Thrown when a branch can't process a picture because of the picture itself; it then counts as a bad image.
struct BadPicture : std::runtime_error {
  BadPicture(std::size_t place, const std::string& why) : std::runtime_error(why), number(place) {}
  std::size_t number;  ///< within the batch
};

/// A network as the pipeline sees it: how pictures are prepared for it, and a function from a batch to rows.
struct Branch {
  std::string name;                               ///< name of the stage; tasks refer to it
  std::optional<image::Preparation> preparation;  ///< nullopt: the branch takes the decoded pixels
  /// Encodes a batch on the device. Several threads call it at once if the run has several lanes. May throw
  /// BadPicture.
  std::function<std::vector<ImageRows>(const Batch&, c10::Device)> encode;
  std::size_t batch_divisor = 1;  ///< its batch size is the run's divided by this
  std::function<void()> load;     ///< if set, called before the run when any picture goes through the branch
  bool mixes_sizes = false;       ///< whether a batch may contain pixels of several sizes
};

/// An archive, and its network on each of the run's devices. A network is loaded on first use.
struct Model {
  const models::Archive& archive;
  std::function<models::Network&(c10::Device)> network;
  std::vector<c10::Device> devices;

  void load() const { std::ranges::for_each(devices, network); }
};

/// The branch for an archive of any kind. It writes rows of the group `group`, which is also its name.
Branch branch_of(const std::string& group, const Model& model);

/// A branch that stacks pictures into one batch [N, 3, H, W] float32 on the lane's device and encodes it as N
/// rows of one group. If the lanes are on a GPU, the GPU also prepares the pictures (if prepares_on_cuda).
Branch encoder(const std::string& group, const image::Preparation& preparation,
               std::function<models::Rows(const at::Tensor&)> encode, c10::Device lanes = c10::kCPU);

}  // namespace tise::pipeline
