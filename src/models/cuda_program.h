#pragma once

#include <c10/core/Device.h>

#include <array>
#include <map>
#include <mutex>
#include <string>

namespace tise::models {

/// Our own kernels, in CUDA C++. They are compiled for the device on first use by NVRTC, the compiler that
/// every LibTorch with CUDA includes, so building this program does not need CUDA.
class CudaProgram {
 public:
  /// The grid (columns, rows) of blocks, the threads per block, and the bytes of dynamic shared memory per
  /// block.
  struct Launch {
    unsigned columns = 1, rows = 1, threads = 1, shared_bytes = 0;
  };

  /// `source` declares its kernels `extern "C" __global__`. Multiply-adds are not fused, as on the CPU.
  explicit CudaProgram(std::string source) : source_(std::move(source)) {}

  /// Starts a kernel on the device's current stream. The types of the arguments must be exactly those that
  /// the kernel declares. The calling thread must have used the device before. Throws c10::Error.
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
