#pragma once

#include <c10/core/Device.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tise/models/models.h"
#include "tise/run/run.h"

namespace tise::run {

/// What networks run on, and how.
struct Devices {
  std::vector<c10::Device> all;
  models::Precision precision;
  std::size_t threads;
  std::size_t batch_size;
  std::size_t most;  ///< a batch may grow to, if it is quicker so

  c10::Device first() const { return all.front(); }
  /// `cpu`, `cuda:0`, `cuda:0,cuda:1`.
  std::string names() const;
  /// Each of them, a GPU twice: so that it computes one batch while another is copied, cropped or looked at.
  std::vector<c10::Device> lanes() const;
  /// Sets the number of threads with which LibTorch computes in this process.
  void use_threads() const;
};

/// As many as were asked for, else as there are processors.
std::size_t threads_of(const Encoding& encoding);

/// Finds them. Throws UsageError, ModelError (models::parse_devices, models::parse_precision).
Devices find_devices(const Encoding& encoding);

}  // namespace tise::run
