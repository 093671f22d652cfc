#pragma once

#include <c10/core/Device.h>

#include <array>
#include <map>
#include <mutex>
#include <string>

namespace tise::models {

/// Kernels of our own, in CUDA C++. They are compiled for the device when they are first needed, by the
/// compiler (NVRTC) that every LibTorch with CUDA brings: to build this program no CUDA is needed.
class CudaProgram {
 public:
  /// How many blocks of how many threads, and how many bytes a block's threads share beyond what they
  /// declare.
  struct Launch {
    unsigned columns = 1, rows = 1, threads = 1, shared_bytes = 0;
  };

  /// `source` declares its kernels `extern "C" __global__`. Products and sums stay apart, as on the CPU.
  explicit CudaProgram(std::string source) : source_(std::move(source)) {}

  /// Starts a kernel on the device's current stream. The arguments' types must be those that the kernel
  /// declares. Throws c10::Error. Any thread may call that has used the device before.
  template <typename... Arguments>
  void run(const char* kernel, c10::Device device, const Launch& launch, Arguments... arguments) {
    std::array<void*, sizeof...(Arguments)> pointers{
        const_cast<void*>(static_cast<const void*>(&arguments))...};
    start(kernel, device, launch, pointers.data());
  }

 private:
  void start(const char* kernel, c10::Device device, const Launch& launch, void** arguments);
  void* module_on(c10::Device device);

  const std::string source_;
  std::mutex mutex_;
  std::map<c10::DeviceIndex, void*> modules_;
};

}  // namespace tise::models
