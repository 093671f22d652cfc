#include <ATen/core/Tensor.h>
#include <ATen/cpu/Utils.h>
#include <dlfcn.h>
#include <torch/cuda.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/models/machine.h"
#include "tise/models/models.h"

namespace tise::models {
namespace {

namespace fs = std::filesystem;

/// Loads LibTorch's CUDA library. LibTorch looks for it only once, so this must run before any other use of
/// CUDA. Returns the reason on failure, nullopt on success.
std::optional<std::string> load_cuda_library() {
  if (::dlopen("libcuda.so.1", RTLD_LAZY) == nullptr)
    return "no NVIDIA driver (libcuda.so.1) on this machine";
  const fs::path library = libtorch_folder() / "libtorch_cuda.so";
  std::error_code ignored;
  if (kind_of(library, ignored) != PathKind::kFile)
    return "this LibTorch has no CUDA support (" + library.string() + " is missing)";
  if (::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) return ::dlerror();
  return std::nullopt;
}

/// Why device N can't be used; nullopt if it can.
std::optional<std::string> cuda_trouble(int index) {
  static const std::optional<std::string> kLibraryTrouble = load_cuda_library();
  if (kLibraryTrouble) return kLibraryTrouble;
  const int count = static_cast<std::uint8_t>(torch::cuda::device_count());  // never negative
  if (count == 0) return "no CUDA device on this machine";
  if (index >= count) return "this machine has " + counted(count, "CUDA device") + ", numbered from 0";
  return std::nullopt;
}

/// N of `cuda:N`, 0 for `cuda`; nullopt for other words.
std::optional<c10::DeviceIndex> cuda_number(std::string_view name) {
  constexpr std::string_view kPrefix = "cuda:";
  constexpr int kMostDevices = 64;
  if (name == "cuda") return c10::DeviceIndex{0};
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const char* const end = name.data() + name.size();
  int number = -1;
  const auto [stop, error] = std::from_chars(name.data() + kPrefix.size(), end, number);
  if (error != std::errc() || stop != end || number < 0 || number >= kMostDevices) return std::nullopt;
  return static_cast<c10::DeviceIndex>(number);
}

/// Whether the device has bfloat16 instructions. Emulating them would be slower than float32.
bool has_bf16(c10::Device device) {
  if (device.is_cuda()) return true;
  const auto capabilities = at::cpu::get_cpu_capabilities();
  return std::ranges::any_of(std::array{"avx512_bf16", "amx_bf16", "arm_bf16"}, [&](const char* name) {
    const auto found = capabilities.find(name);
    return found != capabilities.end() && found->second.isBool() && found->second.toBool();
  });
}

}  // namespace

c10::Device parse_device(const std::string& name) {
  if (name == "cpu") return c10::kCPU;
  if (name == "auto") return cuda_trouble(0) ? c10::Device(c10::kCPU) : c10::Device(c10::kCUDA, 0);
  const std::optional<c10::DeviceIndex> number = cuda_number(name);
  if (!number)
    throw UsageError("--device " + name +
                     ": unknown device; use auto, cpu, cuda, cuda:N or a list such as cuda:0,cuda:1");
  if (const auto trouble = cuda_trouble(*number)) throw ModelError("--device " + name + ": " + *trouble);
  return {c10::kCUDA, *number};
}

std::size_t count_cuda_devices() {
  return cuda_trouble(0) ? 0 : static_cast<std::uint8_t>(torch::cuda::device_count());
}

std::vector<c10::Device> parse_devices(const std::string& names) {
  std::vector<c10::Device> devices;
  for (std::size_t begin = 0; begin <= names.size();) {
    const std::size_t end = std::min(names.find(',', begin), names.size());
    const std::string name = names.substr(begin, end - begin);
    if (name == "auto" && name != names) {
      throw UsageError("--device " + names + ": auto picks one device and cannot be in a list");
    }
    devices.push_back(parse_device(name));
    if (devices.back().type() != devices.front().type()) {
      throw UsageError("--device " + names +
                       ": cannot mix CPU and CUDA: their results differ in the last digits");
    }
    begin = end + 1;
  }
  return devices;
}

Precision parse_precision(const std::string& name, c10::Device device) {
  if (name == "fp32") return Precision::kFp32;
  if (name == "auto") {
    if (device.is_cuda()) return Precision::kFp16;
    return has_bf16(device) ? Precision::kBf16 : Precision::kFp32;
  }
  if (name == "bf16") {
    if (has_bf16(device)) return Precision::kBf16;
    throw ModelError("--precision bf16: this CPU has no bfloat16 instructions; use fp32 or auto");
  }
  if (name == "fp16") {
    if (device.is_cuda()) return Precision::kFp16;
    throw ModelError("--precision fp16: needs a CUDA device; on a CPU use fp32, bf16 or auto");
  }
  throw UsageError("--precision " + name + ": unknown precision; use fp32, bf16, fp16 or auto");
}

std::string name_of(Precision precision) {
  if (precision == Precision::kFp32) return "fp32";
  return precision == Precision::kBf16 ? "bf16" : "fp16";
}

}  // namespace tise::models
