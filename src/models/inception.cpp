#include <cassert>

#include "network.h"
#include "torch_error.h"

namespace tise::models {
namespace {

class Inception : public Classifier {
 public:
  Inception(const Archive& archive, const Compute& compute)
      : path_(archive.path),
        feature_dim_(archive.card.feature_dim),
        classes_(archive.card.classes),
        network_(load_module(archive, compute.device), archive, compute, "to classify images") {}

  Classified classify(const at::Tensor& images) override {
    assert(images.dim() == 4 && images.scalar_type() == at::kFloat);
    const std::int64_t rows = images.size(0);
    if (rows == 0) return {at::empty({0, feature_dim_}), at::empty({0, classes_})};
    const c10::IValue output = network_(images);
    if (!output.isTuple() || output.toTupleRef().elements().size() != 2) {
      fail(path_, "does not answer with a pair of features and logits");
    }
    const auto& pair = output.toTupleRef().elements();
    return {network_.checked(pair[0], rows, feature_dim_, "features"),
            network_.checked(pair[1], rows, classes_, "logits")};
  }

 private:
  std::filesystem::path path_;
  std::int64_t feature_dim_;
  std::int64_t classes_;
  Network network_;
};

}  // namespace

std::unique_ptr<Classifier> load_inception(const Archive& archive, const Compute& compute) {
  return std::make_unique<Inception>(archive, compute);
}

}  // namespace tise::models
