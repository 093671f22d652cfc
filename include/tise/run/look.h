#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tise/data/images.h"
#include "tise/data/pairing.h"
#include "tise/run/run.h"

namespace tise::run {

/// What the headers of a set's files say.
struct ImagesSeen {
  std::filesystem::path path;
  std::size_t count = 0;
  report::Pictures pictures;
  std::vector<std::string> bad;     ///< a line for each bad image: `a.png: empty`
  nlohmann::ordered_json left_out;  ///< what else looks like images there; null if nothing does
};

/// How a run would understand what it is given.
struct Seen {
  std::string understood;  ///< captions and images in words; empty without captions
  std::string format;      ///< of the captions
  std::string field;       ///< that has them
  data::Pairing pairing;
  data::Dataset dataset;
  std::vector<std::string> unknown_fields;
  std::size_t clusters = 0;  ///< captions, or labels of `cluster`, that tell samples apart
  bool is_labelled = false;  ///< by `cluster`
  std::size_t with_references = 0;
  std::size_t references = 0;
  ImagesSeen images;  ///< those that are evaluated
  std::optional<ImagesSeen> real;
  std::vector<std::string> real_statistics;  ///< files of them
  std::string real_store;                    ///< of rows of real images
  std::vector<std::string> notices;          ///< what a run would warn of
};

/// Reads everything and puts captions and images together as `evaluate` does; loads no network and computes
/// nothing. Throws as `evaluate` does, but lists bad images in place of throwing.
Seen look_at_inputs(const Spec& spec, Listener& listener);

/// The same as JSON, each pair among it.
nlohmann::ordered_json to_json(const Seen& seen);

}  // namespace tise::run
