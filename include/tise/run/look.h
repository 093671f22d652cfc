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

/// What the file headers of a set of images show.
struct ImagesSeen {
  std::filesystem::path path;
  std::size_t count = 0;
  report::Pictures pictures;
  std::vector<std::string> bad;     ///< a line for each bad image: `a.png: empty`
  nlohmann::ordered_json left_out;  ///< files there that look like images but aren't used; null if none
};

/// How a run would understand its inputs.
struct Seen {
  std::string understood;  ///< captions and images in words; empty without captions
  std::string format;      ///< of the captions file
  std::string field;       ///< that holds the captions
  data::Pairing pairing;
  data::Dataset dataset;
  std::vector<std::string> unknown_fields;
  std::size_t clusters = 0;  ///< number of different captions, or of `cluster` labels
  bool is_labelled = false;  ///< whether items have `cluster` labels
  std::size_t with_references = 0;
  std::size_t references = 0;
  ImagesSeen images;  ///< the generated ones
  std::optional<ImagesSeen> real;
  std::vector<std::string> real_statistics;  ///< paths of statistics files
  std::string real_store;                    ///< path of a store of real images' rows
  std::vector<std::string> notices;          ///< the warnings a run would give
};

/// Reads everything and matches captions with images as `evaluate` does, without loading networks or
/// computing anything. Throws like `evaluate`, except that bad images are listed.
Seen look_at_inputs(const Spec& spec, Listener& listener);

/// The same as JSON, including every pair.
nlohmann::ordered_json to_json(const Seen& seen);

}  // namespace tise::run
