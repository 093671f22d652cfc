// Features and class logits: InceptionV3 and similar networks. `forward` takes [N, 3, H, W] and returns a
// pair [N, F], [N, C].

#include <ATen/ATen.h>

#include <cassert>

#include "../card_fields.h"
#include "../frozen_module.h"

namespace tise::models {
namespace {

class Classifier : public Network {
 public:
  Classifier(const Archive& archive, const Compute& compute)
      : feature_dim_(archive.card.feature_dim),
        classes_(archive.card.classes),
        module_(archive, compute, "to classify images") {}

  Rows encode_batch(const at::Tensor& pictures) override {
    assert(pictures.dim() == 4 && pictures.scalar_type() == at::kFloat);
    const std::int64_t rows = pictures.size(0);
    if (rows == 0) {
      return {.columns = {{"features", at::empty({0, feature_dim_})}, {"logits", at::empty({0, classes_})}}};
    }
    const c10::IValue output = module_(pictures);
    if (!output.isTuple() || output.toTupleRef().elements().size() != 2) {
      module_.fail("does not return a pair of features and logits");
    }
    const auto& pair = output.toTupleRef().elements();
    return {.columns = {{"features", module_.checked(pair[0], rows, feature_dim_, "features")},
                        {"logits", module_.checked(pair[1], rows, classes_, "logits")}}};
  }

 private:
  std::int64_t feature_dim_;
  std::int64_t classes_;
  FrozenModule module_;
};

void read_classifier(const OrderedFields& fields, Card& card) {
  card.feature_dim = dimension(fields, "feature_dim");
  card.classes = dimension(fields, "classes");
  card.temperature = fields.get("temperature", &OrderedField::positive);
}

}  // namespace

extern const Kind kClassifier{.name = "classifier",
                              .old_name = "inception",
                              .made_with = "scripts/export_inception.py",
                              .columns = {"features", "logits"},
                              .features = "features",
                              .read_card = &read_classifier,
                              .load = &load_as<Classifier>};

}  // namespace tise::models
