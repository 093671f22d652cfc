#include <ATen/ATen.h>

#include "network.h"
#include "tise/models/torchvision_operators.h"
#include "torch_error.h"

namespace tise::models {
namespace {

class PictureCounter : public Counter {
 public:
  PictureCounter(const Archive& archive, const Compute& compute)
      : path_(archive.path),
        labels_(static_cast<std::int64_t>(archive.card.labels.size())),
        network_(load_module(archive, compute.device), archive, compute, "to count objects") {}

  at::Tensor count(const at::Tensor& image) override {
    const c10::IValue output = network_(image);
    const c10::IValue row = output.isTensor() ? c10::IValue(output.toTensor().reshape({1, -1})) : output;
    const at::Tensor counts = network_.checked(row, 1, labels_, "counts").squeeze(0);
    if (counts.min().item<float>() < 0) fail(path_, "answers with a count below 0");
    return counts;
  }

 private:
  std::filesystem::path path_;
  std::int64_t labels_;
  Network network_;
};

}  // namespace

std::unique_ptr<Counter> load_counter(const Archive& archive, const Compute& compute) {
  register_torchvision_operators();
  return std::make_unique<PictureCounter>(archive, compute);
}

}  // namespace tise::models
