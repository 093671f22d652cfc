#include "devices.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>

#include "tise/base/mapped.h"
#include "tise/base/names.h"

namespace tise::run {
namespace {

constexpr std::size_t kCpuBatch = 16;
constexpr std::size_t kCudaBatch = 128;
constexpr std::size_t kMostCudaBatch = 256;

}  // namespace

std::string Devices::names() const {
  return joined(mapped(all, [](const c10::Device& device) { return device.str(); }), ",");
}

std::vector<c10::Device> Devices::lanes() const {
  std::vector<c10::Device> lanes = all;
  if (first().is_cuda()) lanes.insert(lanes.end(), all.begin(), all.end());
  return lanes;
}

void Devices::use_threads() const { at::set_num_threads(static_cast<int>(threads)); }

std::size_t threads_of(const Encoding& encoding) {
  return encoding.threads.value_or(std::max(1U, std::thread::hardware_concurrency()));
}

Devices find_devices(const Encoding& encoding) {
  Devices devices{.all = models::parse_devices(encoding.device),
                  .precision = {},
                  .threads = threads_of(encoding),
                  .batch_size = 0,
                  .most = 0};
  const bool is_cuda = devices.first().is_cuda();
  devices.precision = models::parse_precision(encoding.precision, devices.first());
  devices.batch_size = encoding.batch_size.value_or(is_cuda ? kCudaBatch : kCpuBatch);
  if (!encoding.batch_size && is_cuda) devices.most = kMostCudaBatch;
  return devices;
}

}  // namespace tise::run
