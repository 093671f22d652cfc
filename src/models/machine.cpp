#include "tise/models/machine.h"

#include <ATen/Version.h>
#include <dlfcn.h>
#include <link.h>
#include <torch/version.h>

#include "tise/models/models.h"

namespace tise::models {
namespace {

/// Asks NVIDIA's driver, since LibTorch reports less about a GPU without CUDA's headers.
Gpu describe_gpu(int index) {
  Gpu gpu{"CUDA device " + std::to_string(index), 0};
  void* const driver = ::dlopen("libcuda.so.1", RTLD_LAZY);
  if (driver == nullptr) return gpu;
  const auto find = [driver]<typename Function>(Function*& function, const char* name) {
    function = reinterpret_cast<Function*>(::dlsym(driver, name));
    return function != nullptr;
  };
  int (*get)(int* device, int number) = nullptr;
  int (*get_name)(char* name, int size, int device) = nullptr;
  int (*get_memory)(std::size_t * bytes, int device) = nullptr;
  int device = 0;
  if (!find(get, "cuDeviceGet") || get(&device, index) != 0) return gpu;
  char name[256] = "";
  if (find(get_name, "cuDeviceGetName") && get_name(name, sizeof name, device) == 0) gpu.name = name;
  std::size_t bytes = 0;
  if (find(get_memory, "cuDeviceTotalMem_v2") && get_memory(&bytes, device) == 0) {
    gpu.bytes = static_cast<std::int64_t>(bytes);
  }
  return gpu;
}

}  // namespace

std::filesystem::path libtorch_folder() {
  void* handle = ::dlopen("libtorch_cpu.so", RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return {};
  std::filesystem::path folder;
  link_map* map = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr) folder = map->l_name;
  ::dlclose(handle);
  return folder.parent_path();
}

Machine describe_machine() {
  Machine machine;
  machine.libtorch = TORCH_VERSION;
  machine.libtorch_folder = libtorch_folder();
  machine.instructions = at::get_cpu_capability();
  machine.multiplies_bf16 = parse_precision("auto", c10::kCPU) == Precision::kBf16;
  const std::size_t count = count_cuda_devices();
  for (std::size_t i = 0; i < count; ++i) machine.gpus.push_back(describe_gpu(static_cast<int>(i)));
  if (count == 0) {
    try {
      parse_device("cuda");
    } catch (const ModelError& error) {
      const std::string why = error.what();
      machine.no_gpu = why.substr(why.find(": ") + 2);
    }
  }
  return machine;
}

}  // namespace tise::models
