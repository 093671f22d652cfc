#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tise/models/models.h"

namespace tise::models {

/// The archive's module on the device, in float32 and eval mode. Throws ModelError.
torch::jit::Module load_module(const Archive& archive, c10::Device device);

/// The submodule `name`. Throws ModelError where there is none.
torch::jit::Module submodule(const torch::jit::Module& module, const std::string& name,
                             const Archive& archive);

/// A module's `forward`, frozen and laid out for the device it is on. May be run by several threads at a
/// time.
class Network {
 public:
  /// `does` completes the error "failed …", such as "to encode images".
  Network(const torch::jit::Module& module, const Archive& archive, const Compute& compute, std::string does);

  /// Move the input to the device and run. Throw ModelError or OutOfMemory.
  c10::IValue operator()(const at::Tensor& input);
  c10::IValue operator()(const std::vector<at::Tensor>& inputs);

  /// An output as float32 on the CPU. Throws ModelError unless it is a finite tensor [rows, columns].
  at::Tensor checked(const c10::IValue& output, std::int64_t rows, std::int64_t columns,
                     const std::string& what) const;

 private:
  at::Tensor placed(const at::Tensor& input) const;
  c10::IValue run(const std::function<c10::IValue()>& input);
  /// This thread's copy of the module: `forward` may set attributes and read them back, as torchvision's
  /// detectors do. The weights are constants of its graph, which copies share.
  torch::jit::Module& own_module();

  torch::jit::Module module_;
  std::mutex mutex_;
  std::map<std::thread::id, torch::jit::Module> own_modules_;
  std::filesystem::path archive_;
  c10::Device device_;
  at::MemoryFormat layout_;  ///< of pictures and what convolutions make of them
  std::string does_;
};

}  // namespace tise::models
