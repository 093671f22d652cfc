#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tise/base/fields.h"

namespace tise::models {

struct Archive;
struct Card;
struct Compute;
class Network;

/// How a network takes pictures.
enum class Takes {
  kBatch,     ///< all prepared to the same size: Network::encode_batch
  kPictures,  ///< each in its own size: Network::encode_pictures
};

/// Output tensors by name.
using Outputs = std::map<std::string, at::Tensor>;

/// `batch_divisor` of kinds that take whole pictures: a detector enlarges them to many times the size of a
/// classifier's input.
inline constexpr std::size_t kPicturesDivisor = 8;

/// Everything the program knows about a kind of network: what its cards and archives contain, and what its
/// networks return. Each kind has one file in src/models/kinds (CONTRIBUTING, "Adding a kind of network").
struct Kind {
  std::string_view name;                      ///< in cards
  std::string_view old_name = {};             ///< in older cards
  std::string_view made_with;                 ///< completes "make the archive with"
  std::vector<std::string> extra_files = {};  ///< files in its archives in addition to card.json
  Takes takes = Takes::kBatch;
  std::size_t batch_divisor = 1;               ///< its batch size is the run's divided by this
  std::vector<std::string_view> columns = {};  ///< columns with one row per picture
  std::vector<std::string_view> items = {};    ///< columns with one row per object; empty: finds no objects
  std::string_view features = {};              ///< the column that metrics over features read; empty: none
  bool encodes_texts = false;

  /// Reads the fields of a card that only this kind has. Throws ModelError that names the field.
  void (*read_card)(const OrderedFields& fields, Card& card);
  /// Throws ModelError.
  std::unique_ptr<Network> (*load)(const Archive& archive, const Compute& compute);
  /// Computes the outputs that a card's `probe` stores, for the fixed picture [1, 3, H, W]. Null: the outputs
  /// are the columns.
  Outputs (*probe)(const Archive& archive, const at::Tensor& picture, c10::Device device) = nullptr;
};

/// All kinds.
std::span<const Kind* const> kinds();

/// The kind whose name or old name this is; null if no kind has it.
const Kind* find_kind(std::string_view name);

}  // namespace tise::models
