// Counts the objects of each label in a picture. `forward` takes one picture [3, H, W] and returns a number
// of at least 0 for each label.

#include <ATen/ATen.h>

#include "../card_fields.h"
#include "../frozen_module.h"

namespace tise::models {
namespace {

class Counter : public Network {
 public:
  Counter(const Archive& archive, const Compute& compute)
      : labels_(static_cast<std::int64_t>(archive.card.labels.size())),
        module_(archive, compute, "to count objects") {}

  Rows encode_pictures(const std::vector<at::Tensor>& pictures) override {
    std::vector<at::Tensor> counts{at::empty({0, labels_})};
    for (const at::Tensor& picture : pictures) {
      const c10::IValue output = module_(picture);
      const c10::IValue row = output.isTensor() ? c10::IValue(output.toTensor().reshape({1, -1})) : output;
      counts.push_back(module_.checked(row, 1, labels_, "counts"));
      if (counts.back().min().item<float>() < 0) module_.fail("returned a count below 0");
    }
    return {.columns = {{"counts", at::cat(counts)}}};
  }

 private:
  std::int64_t labels_;
  FrozenModule module_;
};

}  // namespace

extern const Kind kCounter{.name = "counter",
                           .made_with = "a script of your own (docs/models.md, \"Counter\")",
                           .takes = Takes::kPictures,
                           .batch_divisor = kPicturesDivisor,
                           .columns = {"counts"},
                           .read_card = &read_labels,
                           .load = &load_as<Counter>};

}  // namespace tise::models
