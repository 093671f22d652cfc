#pragma once

#include <c10/core/Device.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tise/models/models.h"
#include "tise/run/run.h"

namespace tise::run {

/// What networks run on, with which precision, threads and batch size.
struct Devices {
  std::vector<c10::Device> all;
  models::Precision precision;
  std::size_t threads;
  std::size_t batch_size;
  std::size_t most;  ///< images per batch to which a batch may grow if that is faster; 0: it keeps its size

  c10::Device first() const { return all.front(); }
  /// `cpu`, `cuda:0`, `cuda:0,cuda:1`.
  std::string names() const;
  /// Each device; each GPU twice, so that it computes one batch while another is copied, cropped or checked.
  std::vector<c10::Device> lanes() const;
  /// Sets LibTorch's number of threads in this process.
  void use_threads() const;
};

/// The requested number of threads; by default the number of processors.
std::size_t threads_of(const Encoding& encoding);

/// Throws UsageError, ModelError (models::parse_devices, models::parse_precision).
Devices find_devices(const Encoding& encoding);

}  // namespace tise::run
