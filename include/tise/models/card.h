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

/// What an archive states about itself: its extra file `card.json` (docs/models.md).
struct Card {
  const Kind* kind = nullptr;
  std::string name;
  nlohmann::ordered_json source;
  image::Preparation input;
  // Only clip:
  int embed_dim = 0;
  int context_length = 0;
  double logit_scale = 0;
  // Only classifier and encoder; clip sets feature_dim to embed_dim:
  int feature_dim = 0;
  // Only classifier:
  int classes = 0;
  std::optional<double> temperature;
  // Only detector and counter:
  std::vector<std::string> labels;
  std::map<std::string, std::vector<std::string>> synonyms;
  /// The first numbers of each output for the fixed probe, computed at export (for `models --verify`).
  std::map<std::string, std::vector<double>> probe;
  bool demo = false;            ///< trained on the demo world: its numbers mean nothing on other images
  nlohmann::ordered_json json;  ///< the whole card
};

/// Parses a card. Throws ModelError `<where>: …`, which names the field, if a field is missing or wrong, the
/// schema is newer or the kind is unknown.
Card parse_card(std::string_view json, const std::string& where);

}  // namespace tise::models
