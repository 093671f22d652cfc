#include <cassert>

#include "network.h"

namespace tise::models {
namespace {

class Clip : public ImageTextEncoder {
 public:
  Clip(const Archive& archive, const torch::jit::Module& module, const Compute& compute)
      : embed_dim_(archive.card.embed_dim),
        context_length_(archive.card.context_length),
        image_(submodule(module, "image", archive), archive, compute, "to encode images"),
        text_(submodule(module, "text", archive), archive, compute, "to encode texts") {}

  at::Tensor encode_images(const at::Tensor& images) override {
    assert(images.dim() == 4 && images.scalar_type() == at::kFloat);
    return encode(image_, images, "image embeddings");
  }

  at::Tensor encode_texts(const at::Tensor& tokens) override {
    assert(tokens.dim() == 2 && tokens.scalar_type() == at::kLong && tokens.size(1) <= context_length_);
    return encode(text_, tokens, "text embeddings");
  }

 private:
  at::Tensor encode(Network& tower, const at::Tensor& input, const std::string& what) const {
    if (input.size(0) == 0) return at::empty({0, embed_dim_});
    return tower.checked(tower(input), input.size(0), embed_dim_, what);
  }

  std::int64_t embed_dim_;
  [[maybe_unused]] std::int64_t context_length_;
  Network image_;
  Network text_;
};

}  // namespace

std::unique_ptr<ImageTextEncoder> load_clip(const Archive& archive, const Compute& compute) {
  return std::make_unique<Clip>(archive, load_module(archive, compute.device), compute);
}

}  // namespace tise::models
