// Only features of images: DINOv2 and similar networks. `forward` takes [N, 3, H, W] and returns [N, F].

#include "../card_fields.h"
#include "../frozen_module.h"

namespace tise::models {
namespace {

class Encoder : public Network {
 public:
  Encoder(const Archive& archive, const Compute& compute)
      : feature_dim_(archive.card.feature_dim), module_(archive, compute, "to encode images") {}

  Rows encode_batch(const at::Tensor& pictures) override {
    return {.columns = {{"features", module_.rows(pictures, feature_dim_, "features")}}};
  }

 private:
  std::int64_t feature_dim_;
  FrozenModule module_;
};

void read_encoder(const OrderedFields& fields, Card& card) {
  card.feature_dim = dimension(fields, "feature_dim");
  if (const auto normalize = fields.find("normalize"); normalize && normalize->json() != false)
    normalize->fail("is not supported; put the normalization into the network");
}

}  // namespace

extern const Kind kEncoder{.name = "encoder",
                           .made_with = "tise-export dinov2, or tise_eval.export.encoder for other networks",
                           .columns = {"features"},
                           .features = "features",
                           .read_card = &read_encoder,
                           .load = &load_as<Encoder>};

}  // namespace tise::models
