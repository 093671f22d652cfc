#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tise/image/prepare.h"

namespace tise::models {

struct Kind;

/// An archive's own description, its extra file `card.json` (README, "Models").
struct Card {
  const Kind* kind = nullptr;
  std::string name;
  nlohmann::ordered_json source;
  image::Preparation input;
  // clip
  int embed_dim = 0;
  int context_length = 0;
  double logit_scale = 0;
  // classifier, encoder
  int feature_dim = 0;
  // classifier
  int classes = 0;
  std::optional<double> temperature;
  // detector, counter
  std::vector<std::string> labels;
  std::map<std::string, std::vector<std::string>> synonyms;
  /// Leading numbers of each output on the fixed probe, as computed at export (`models --verify`).
  std::map<std::string, std::vector<double>> probe;
  bool demo = false;            ///< trained on the demo world: its numbers mean nothing on other images
  nlohmann::ordered_json json;  ///< the whole card
};

/// Throws ModelError `<where>: …` that names the field, on a newer schema and on an unknown kind too.
Card parse_card(std::string_view json, const std::string& where);

}  // namespace tise::models
