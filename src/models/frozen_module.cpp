#include "frozen_module.h"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include "lowering.h"
#include "tise/base/concat.h"
#include "tise/base/mapped.h"
#include "tise/base/names.h"
#include "tise/models/torchvision_operators.h"

namespace tise::models {
namespace {

/// Converts weights to float32, since archives may store them in half precision. Indices and masks keep their
/// type.
void convert_to_float32(const torch::jit::Module& module) {
  const at::NoGradGuard no_grad;
  const auto convert = [](const at::Tensor& tensor) {
    if (tensor.is_floating_point()) tensor.set_data(tensor.to(at::kFloat));
  };
  for (const at::Tensor& parameter : module.parameters()) convert(parameter);
  for (const at::Tensor& buffer : module.buffers()) convert(buffer);
}

/// By default cuDNN rounds the inputs of float32 convolutions to TF32, which has 10 bits of mantissa.
void compute_in_full_precision() {
  at::globalContext().setFloat32Precision(at::Float32Backend::CUDA, at::Float32Op::CONV,
                                          at::Float32Precision::IEEE);
}

/// The layout in which the device's convolutions are fastest. cuDNN's float32 kernels prefer planes
/// (docs/dev/performance.md).
at::MemoryFormat layout_for(const Compute& compute) {
  const bool planes = compute.device.is_cuda() && compute.precision == Precision::kFp32;
  return planes ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
}

std::string shape(const at::Tensor& tensor) {
  const auto sizes = mapped(tensor.sizes(), [](std::int64_t size) { return std::to_string(size); });
  return concat("[", joined(sizes), "]");
}

}  // namespace

torch::jit::Module load_module(const Archive& archive, c10::Device device) {
  register_torchvision_operators();
  try {
    torch::jit::Module module = torch::jit::load(archive.path.string(), device);
    convert_to_float32(module);
    module.eval();
    if (device.is_cuda()) compute_in_full_precision();
    return module;
  } catch (const std::exception& error) {
    fail_with(archive.path, "to load", error);
  }
}

torch::jit::Module submodule(const torch::jit::Module& module, const std::string& name,
                             const Archive& archive) {
  if (!module.hasattr(name) || !module.attr(name).isModule()) {
    fail(archive.path, "has no submodule `" + name + "`");
  }
  return module.attr(name).toModule();
}

FrozenModule::FrozenModule(const torch::jit::Module& module, const Archive& archive, const Compute& compute,
                           std::string does)
    : archive_(archive.path), device_(compute.device), layout_(layout_for(compute)), does_(std::move(does)) {
  if (!module.find_method("forward")) fail("has no `forward` " + does_);
  try {
    const at::NoGradGuard no_grad;
    module_ = torch::jit::freeze(module);
    forget_inlined_functions(module_);
    if (compute.precision == Precision::kBf16) to_half_precision(module_, at::kBFloat16);
    if (compute.precision == Precision::kFp16) to_half_precision(module_, at::kHalf);
    fuse_convolutions(module_, layout_);
    // This thread's stream may still be copying the weights, and other threads' streams don't wait for it.
    if (device_.is_cuda()) c10::impl::VirtualGuardImpl(device_.type()).synchronizeDevice(device_.index());
  } catch (const std::exception& error) {
    fail_with(archive_, "to prepare for inference", error);
  }
}

at::Tensor FrozenModule::placed(const at::Tensor& input) const {
  const at::Tensor moved = input.to(device_);
  return input.dim() == 4 ? moved.contiguous(layout_) : moved;
}

c10::IValue FrozenModule::operator()(const at::Tensor& input) {
  return run([&] { return placed(input); });
}

c10::IValue FrozenModule::operator()(const std::vector<at::Tensor>& inputs) {
  return run([&] {
    c10::List<at::Tensor> list;
    for (const at::Tensor& input : inputs) list.push_back(placed(input));
    return list;
  });
}

c10::IValue FrozenModule::run(const std::function<c10::IValue()>& input) {
  // A frozen graph gains nothing from being profiled and specialized for each new shape.
  const torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
  const at::NoGradGuard no_grad;
  try {
    return own_module().forward({input()});
  } catch (const std::exception& error) {
    fail_with(archive_, does_, error);
  }
}

torch::jit::Module& FrozenModule::own_module() {
  const std::lock_guard lock(mutex_);
  if (auto* own = find_in(own_modules_, std::this_thread::get_id())) return *own;
  return own_modules_.emplace(std::this_thread::get_id(), module_.deepcopy()).first->second;
}

at::Tensor FrozenModule::rows(const at::Tensor& input, std::int64_t columns, const std::string& what) {
  if (input.size(0) == 0) return at::empty({0, columns});
  return checked((*this)(input), input.size(0), columns, what);
}

at::Tensor FrozenModule::checked(const c10::IValue& output, std::int64_t rows, std::int64_t columns,
                                 const std::string& what) const {
  if (!output.isTensor()) fail(what + ": expected a tensor, got " + output.tagKind());
  const at::Tensor& tensor = output.toTensor();
  if (tensor.dim() != 2 || tensor.size(0) != rows || tensor.size(1) != columns) {
    fail(what + ": the shape is " + shape(tensor) + ", but the card requires [" + std::to_string(rows) +
         ", " + std::to_string(columns) + "]");
  }
  at::Tensor values;
  try {
    values = tensor.to(at::kCPU, at::kFloat).contiguous();
  } catch (const std::exception& error) {
    fail_with(archive_, does_, error);
  }
  if (!at::isfinite(values).all().item<bool>()) fail(what + " contain numbers that are not finite");
  return values;
}

}  // namespace tise::models
