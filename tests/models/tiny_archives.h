#pragma once

#include <torch/csrc/jit/api/module.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace tise::testing {

/// Networks small enough to compute by hand, and their cards. These take 4×4 pictures.
///
/// clip: an image's embedding is the sums of its channels, a text's is [length, greatest id, 1].
/// inception: features are the means of the channels, logits the first two of these. encoder: the same
/// features.
nlohmann::ordered_json clip_card();
nlohmann::ordered_json inception_card();
nlohmann::ordered_json encoder_card();
torch::jit::Module clip_module();
torch::jit::Module inception_module(const std::string& forward = "");
torch::jit::Module encoder_module();

/// These take pictures of any size and have the labels `cat` and `dog`. The detector returns `answer` for
/// each picture, and twos as its objectness. The counter counts one cat per pixel, and three dogs.
nlohmann::ordered_json detector_card();
nlohmann::ordered_json counter_card();
torch::jit::Module detector_module(const std::string& answer);
torch::jit::Module counter_module();

/// A dog at 0.25 and a cat at 0.75.
inline constexpr const char* kTwoObjects =
    "{'boxes': torch.tensor([[0.0, 0.0, 2.0, 2.0], [1.0, 1.0, 3.0, 4.0]]), 'labels': torch.tensor([2, 1]), "
    "'scores': torch.tensor([0.25, 0.75])}";

/// Two merges, so 516 tokens; 514 is the start token and 515 the end token.
inline constexpr const char* kMerges = "#version: 0.2\na b\nab c</w>\n";

/// Saves the module with its card, and with `merges.txt` if the card's kind is `clip`.
std::filesystem::path save(const torch::jit::Module& module, const nlohmann::ordered_json& card,
                           const std::filesystem::path& path);

}  // namespace tise::testing
