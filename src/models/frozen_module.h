#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tise/models/models.h"
#include "torch_error.h"

namespace tise::models {

/// Loads the archive's module onto the device, in float32 and eval mode. It may call torchvision's operators.
/// Throws ModelError.
torch::jit::Module load_module(const Archive& archive, c10::Device device);

/// The submodule `name`. Throws ModelError if it is missing.
torch::jit::Module submodule(const torch::jit::Module& module, const std::string& name,
                             const Archive& archive);

/// A module's `forward`, frozen and laid out for the device it is on. Several threads may run it at once.
class FrozenModule {
 public:
  /// `does` completes the error "failed …", such as "to encode images".
  FrozenModule(const torch::jit::Module& module, const Archive& archive, const Compute& compute,
               std::string does);
  /// The whole archive.
  FrozenModule(const Archive& archive, const Compute& compute, std::string does)
      : FrozenModule(load_module(archive, compute.device), archive, compute, std::move(does)) {}

  /// Moves the input to the device and runs the module. Throws ModelError or OutOfMemory.
  c10::IValue operator()(const at::Tensor& input);
  c10::IValue operator()(const std::vector<at::Tensor>& inputs);

  /// Runs a module with a single output on N rows. Returns [N, columns] float32 on the CPU. `what` names the
  /// output in messages.
  at::Tensor rows(const at::Tensor& input, std::int64_t columns, const std::string& what);
  /// Returns an output as float32 on the CPU. Throws ModelError unless it is a finite tensor [rows, columns].
  at::Tensor checked(const c10::IValue& output, std::int64_t rows, std::int64_t columns,
                     const std::string& what) const;
  /// Throws ModelError about the archive.
  [[noreturn]] void fail(const std::string& why) const { models::fail(archive_, why); }

 private:
  at::Tensor placed(const at::Tensor& input) const;
  c10::IValue run(const std::function<c10::IValue()>& input);
  /// This thread's copy of the module. Threads need their own because `forward` may set attributes and read
  /// them back, as torchvision's detectors do. Copies share the weights, which are constants of the graph.
  torch::jit::Module& own_module();

  torch::jit::Module module_;
  std::mutex mutex_;
  std::map<std::thread::id, torch::jit::Module> own_modules_;
  std::filesystem::path archive_;
  c10::Device device_;
  at::MemoryFormat layout_;  ///< layout of pictures and of convolutions' outputs
  std::string does_;
};

/// For Kind::load.
template <class Loaded>
std::unique_ptr<Network> load_as(const Archive& archive, const Compute& compute) {
  return std::make_unique<Loaded>(archive, compute);
}

}  // namespace tise::models
