#include "cuda_program.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>

#include "tise/models/machine.h"

namespace tise::models {
namespace {

/// The functions we use of NVRTC and of the CUDA driver, looked up in LibTorch's libraries, so that no CUDA
/// headers are needed. Both are stable C interfaces. (NVIDIA, "NVRTC" and "CUDA Driver API")
struct Cuda {
  using Status = int;  ///< 0: success
  Status (*nvrtcCreateProgram)(void** program, const char* source, const char* name, int headers,
                               const char* const* contents, const char* const* names);
  Status (*nvrtcCompileProgram)(void* program, int options, const char* const* values);
  Status (*nvrtcGetProgramLogSize)(void* program, std::size_t* size);
  Status (*nvrtcGetProgramLog)(void* program, char* log);
  Status (*nvrtcGetCUBINSize)(void* program, std::size_t* size);
  Status (*nvrtcGetCUBIN)(void* program, char* binary);
  Status (*nvrtcDestroyProgram)(void** program);
  Status (*cuDeviceGet)(int* device, int number);
  Status (*cuDeviceGetAttribute)(int* value, int attribute, int device);
  Status (*cuModuleLoadData)(void** module, const void* binary);
  Status (*cuModuleGetFunction)(void** function, void* module, const char* name);
  Status (*cuLaunchKernel)(void* function, unsigned columns, unsigned rows, unsigned layers, unsigned threads,
                           unsigned threads_y, unsigned threads_z, unsigned shared_bytes, void* stream,
                           void** arguments, void** extra);
};

Cuda load() {
  const std::string library = (libtorch_folder() / "libcaffe2_nvrtc.so").string();
  void* const handle = ::dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL);
  TORCH_CHECK(handle != nullptr, "cannot load CUDA's compiler: ", ::dlerror());
  Cuda cuda{};
  const auto find = [handle]<typename Function>(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(::dlsym(handle, name));  // and in its dependencies
    TORCH_CHECK(function != nullptr, "CUDA's compiler or driver has no function ", name);
  };
  find(cuda.nvrtcCreateProgram, "nvrtcCreateProgram");
  find(cuda.nvrtcCompileProgram, "nvrtcCompileProgram");
  find(cuda.nvrtcGetProgramLogSize, "nvrtcGetProgramLogSize");
  find(cuda.nvrtcGetProgramLog, "nvrtcGetProgramLog");
  find(cuda.nvrtcGetCUBINSize, "nvrtcGetCUBINSize");
  find(cuda.nvrtcGetCUBIN, "nvrtcGetCUBIN");
  find(cuda.nvrtcDestroyProgram, "nvrtcDestroyProgram");
  find(cuda.cuDeviceGet, "cuDeviceGet");
  find(cuda.cuDeviceGetAttribute, "cuDeviceGetAttribute");
  find(cuda.cuModuleLoadData, "cuModuleLoadData");
  find(cuda.cuModuleGetFunction, "cuModuleGetFunction");
  find(cuda.cuLaunchKernel, "cuLaunchKernel");
  return cuda;
}

const Cuda& cuda() {
  static const Cuda kCuda = load();
  return kCuda;
}

void check(Cuda::Status status, const char* doing) {
  TORCH_CHECK(status == 0, "CUDA error ", status, " while ", doing);
}

/// The device's architecture, such as `sm_90`.
std::string architecture_of(c10::Device device) {
  constexpr int kMajor = 75;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR
  constexpr int kMinor = 76;
  int number = 0;
  int major = 0;
  int minor = 0;
  check(cuda().cuDeviceGet(&number, device.index()), "opening the device");
  check(cuda().cuDeviceGetAttribute(&major, kMajor, number), "querying the device's architecture");
  check(cuda().cuDeviceGetAttribute(&minor, kMinor, number), "querying the device's architecture");
  return "sm_" + std::to_string(major) + std::to_string(minor);
}

std::string compiled(const std::string& source, const std::string& architecture) {
  void* program = nullptr;
  check(cuda().nvrtcCreateProgram(&program, source.c_str(), "tise", 0, nullptr, nullptr),
        "creating a program");
  const std::string target = "--gpu-architecture=" + architecture;
  const std::array<const char*, 3> options{target.c_str(), "--std=c++17", "--fmad=false"};
  const Cuda::Status status =
      cuda().nvrtcCompileProgram(program, static_cast<int>(options.size()), options.data());
  std::size_t size = 0;
  std::string text;
  if (status == 0 && cuda().nvrtcGetCUBINSize(program, &size) == 0) {
    text.resize(size);
    cuda().nvrtcGetCUBIN(program, text.data());
  } else if (cuda().nvrtcGetProgramLogSize(program, &size) == 0) {
    text.resize(size);
    cuda().nvrtcGetProgramLog(program, text.data());
  }
  cuda().nvrtcDestroyProgram(&program);
  TORCH_CHECK(status == 0, "cannot compile a CUDA program for ", architecture, ": ", text);
  return text;
}

}  // namespace

void* CudaProgram::module_on(c10::Device device) {
  const std::lock_guard lock(mutex_);
  void*& module = modules_[device.index()];
  if (module == nullptr) {
    const std::string binary = compiled(source_, architecture_of(device));
    check(cuda().cuModuleLoadData(&module, binary.data()), "loading a program");
  }
  return module;
}

void CudaProgram::start(const char* kernel, c10::Device device, const Launch& launch, void** arguments) {
  const c10::DeviceGuard here(device);
  void* function = nullptr;
  check(cuda().cuModuleGetFunction(&function, module_on(device), kernel), "looking up a kernel");
  const c10::Stream stream = c10::impl::VirtualGuardImpl(device.type()).getStream(device);
  check(cuda().cuLaunchKernel(function, launch.columns, launch.rows, 1, launch.threads, 1, 1,
                              launch.shared_bytes, stream.native_handle(), arguments, nullptr),
        "starting a kernel");
}

}  // namespace tise::models
