// Embeds images and texts into one space. The submodules `image` and `text` take [N, 3, H, W] and [N, L]
// int64 and return [N, D]. Texts are tokenized with CLIP's byte pairs; the merges are in the archive.

#include <ATen/ATen.h>

#include <cassert>
#include <stdexcept>

#include "../card_fields.h"
#include "../frozen_module.h"
#include "tise/text/tokenizer.h"

namespace tise::models {
namespace {

class Clip : public Network {
 public:
  Clip(const Archive& archive, const Compute& compute)
      : Clip(archive, load_module(archive, compute.device), compute) {}
  Clip(const Archive& archive, const torch::jit::Module& module, const Compute& compute)
      : embed_dim_(archive.card.embed_dim),
        context_length_(archive.card.context_length),
        image_(submodule(module, "image", archive), archive, compute, "to encode images"),
        text_(submodule(module, "text", archive), archive, compute, "to encode texts") {}

  Rows encode_batch(const at::Tensor& pictures) override {
    assert(pictures.dim() == 4 && pictures.scalar_type() == at::kFloat);
    return {.columns = {{"embeddings", image_.rows(pictures, embed_dim_, "image embeddings")}}};
  }

  at::Tensor encode_texts(const at::Tensor& tokens) override {
    assert(tokens.dim() == 2 && tokens.scalar_type() == at::kLong && tokens.size(1) <= context_length_);
    return text_.rows(tokens, embed_dim_, "text embeddings");
  }

 private:
  std::int64_t embed_dim_;
  [[maybe_unused]] std::int64_t context_length_;
  FrozenModule image_;
  FrozenModule text_;
};

void read_clip(const OrderedFields& fields, Card& card) {
  card.embed_dim = card.feature_dim = dimension(fields, "embed_dim");
  card.context_length = dimension(fields, "context_length", 2);
  card.logit_scale = fields.at("logit_scale").positive();
}

/// The fixed token sequence, [1, 7] int64: the start token, five fixed ids, the end token.
at::Tensor probe_tokens(const Archive& archive) {
  try {
    const text::Tokenizer tokenizer(archive.extra.at("merges.txt"));
    std::vector<std::int64_t> tokens{tokenizer.start_token()};
    for (int i = 0; i < 5; ++i) tokens.push_back((17 * i + 3) % (tokenizer.vocabulary_size() - 2));
    tokens.push_back(tokenizer.end_token());
    return at::tensor(tokens, at::kLong).unsqueeze(0);
  } catch (const std::invalid_argument& error) {
    fail(archive.path, std::string("merges.txt: ") + error.what());
  }
}

Outputs probe_towers(const Archive& archive, const at::Tensor& picture, c10::Device device) {
  Clip clip(archive, {device});
  return {{"image", clip.encode_batch(picture).columns.front().second},
          {"text", clip.encode_texts(probe_tokens(archive))}};
}

}  // namespace

extern const Kind kClip{.name = "clip",
                        .made_with = "scripts/export_clip.py",
                        .extra_files = {"merges.txt"},
                        .columns = {"embeddings"},
                        .features = "embeddings",
                        .encodes_texts = true,
                        .read_card = &read_clip,
                        .load = &load_as<Clip>,
                        .probe = &probe_towers};

}  // namespace tise::models
