#include "models/tiny_archives.h"

#include <torch/types.h>

namespace tise::testing {
namespace {

nlohmann::ordered_json card_of(const std::string& kind) {
  return {{"schema", 1},
          {"kind", kind},
          {"name", "tiny"},
          {"source", {{"file", "tiny.pth"}}},
          {"input",
           {{"width", 4},
            {"height", 4},
            {"resize", "pillow-bicubic"},
            {"fit", "stretch"},
            {"range", "0..1"},
            {"mean", {0.5, 0.5, 0.5}},
            {"std", {0.5, 0.5, 0.5}}}}};
}

}  // namespace

nlohmann::ordered_json clip_card() {
  nlohmann::ordered_json card = card_of("clip");
  card.update({{"embed_dim", 3}, {"context_length", 8}, {"logit_scale", 100.0}});
  return card;
}

nlohmann::ordered_json inception_card() {
  nlohmann::ordered_json card = card_of("inception");
  card.update({{"feature_dim", 3}, {"classes", 2}, {"temperature", 0.9}});
  return card;
}

nlohmann::ordered_json encoder_card() {
  nlohmann::ordered_json card = card_of("encoder");
  card["feature_dim"] = 3;
  return card;
}

nlohmann::ordered_json detector_card() {
  nlohmann::ordered_json card = card_of("detector");
  card["input"] = {
      {"resize", "none"}, {"fit", "none"}, {"range", "0..1"}, {"mean", {0, 0, 0}}, {"std", {1, 1, 1}}};
  card["labels"] = {"cat", "dog"};
  return card;
}

nlohmann::ordered_json counter_card() {
  nlohmann::ordered_json card = detector_card();
  card["kind"] = "counter";
  return card;
}

torch::jit::Module detector_module(const std::string& answer) {
  torch::jit::Module module("Detector");
  module.define(
      "def forward(self, images: List[Tensor]):\n  answers : List[Dict[str, Tensor]] = []\n"
      "  for image in images:\n    answers.append(" +
      answer + ")\n  return answers\n");
  module.define("def objectness(self, images: List[Tensor]):\n  return torch.full([len(images) * 2], 2.0)\n");
  return module;
}

torch::jit::Module counter_module() {
  torch::jit::Module module("Counter");
  module.define("def forward(self, image):\n  return torch.tensor([image[0].numel(), 3])\n");
  return module;
}

torch::jit::Module clip_module() {
  torch::jit::Module image("Image");
  image.register_parameter("scale", torch::ones({3}), false);
  image.define("def forward(self, x):\n  return x.sum([2, 3]) * self.scale\n");
  torch::jit::Module text("Text");
  text.register_parameter("scale", torch::ones({1}, torch::kHalf), false);
  text.define(R"(
def forward(self, tokens):
    ones = torch.ones_like(tokens[:, 0])
    return torch.stack([ones * tokens.size(1), tokens.max(1)[0], ones], 1) * self.scale
)");
  torch::jit::Module clip("Clip");
  clip.register_module("image", image);
  clip.register_module("text", text);
  return clip;
}

torch::jit::Module inception_module(const std::string& forward) {
  torch::jit::Module module("Inception");
  module.register_parameter("scale", torch::ones({3}, torch::kHalf), false);
  module.define(forward.empty() ? R"(
def forward(self, x):
    features = x.mean([2, 3]) * self.scale
    return features, features[:, :2]
)"
                                : forward);
  return module;
}

torch::jit::Module encoder_module() {
  torch::jit::Module module("Encoder");
  module.define("def forward(self, x):\n  return x.mean([2, 3])\n");
  return module;
}

std::filesystem::path save(const torch::jit::Module& module, const nlohmann::ordered_json& card,
                           const std::filesystem::path& path) {
  torch::jit::ExtraFilesMap extra{{"card.json", card.dump()}};
  if (card.value("kind", "") == "clip") extra["merges.txt"] = kMerges;
  module.save(path.string(), extra);
  return path;
}

}  // namespace tise::testing
