#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tise/base/error.h"
#include "tise/models/card.h"
#include "tise/models/kind.h"
#include "tise/store/rows.h"

namespace tise::models {

/// The batch does not fit into the device's memory; a smaller one may.
class OutOfMemory : public ModelError {
 public:
  using ModelError::ModelError;
};

/// The type in which a network's layers compute. Weights and the values between layers are rounded to it. The
/// network's outputs, and everything computed from them, are float32 and float64.
enum class Precision { kFp32, kBf16, kFp16 };

/// The device and the precision in which a network computes.
struct Compute {
  c10::Device device = c10::kCPU;
  Precision precision = Precision::kFp32;
};

using store::Columns;

/// What a network returns for pictures: float32 or int64, on the CPU.
struct Rows {
  Columns columns = {};  ///< one row per picture
  /// One row per object, in the order of the pictures; empty unless the network finds objects.
  Columns items = {};
  std::vector<std::int64_t> lengths = {};  ///< number of objects in each picture
};

using store::Detections;

/// A detector's rows leave out objects with lower scores.
inline constexpr double kLowestScore = 0.05;

/// A network of any kind. Several threads may call it at the same time; on CUDA each uses its own current
/// stream. The calls throw OutOfMemory if memory runs out. They throw ModelError, which names the archive, if
/// the network fails, if its output doesn't have the shape that the card requires, or if the output contains
/// numbers that are not finite. An empty input gives an empty output.
class Network {
 public:
  virtual ~Network() = default;
  /// Takes pictures of one size, [N, 3, H, W] float32 on any device. For Takes::kBatch.
  virtual Rows encode_batch(const at::Tensor&) { throw std::logic_error("does not take a batch"); }
  /// Takes pictures of any sizes, each [3, H, W] float32. For Takes::kPictures.
  virtual Rows encode_pictures(const std::vector<at::Tensor>&) {
    throw std::logic_error("takes pictures only as a batch");
  }
  /// Takes token ids [N, L] int64, with L at most the context length. Returns [N, D] float32 on the CPU, not
  /// normalized. For Kind::encodes_texts.
  virtual at::Tensor encode_texts(const at::Tensor&) { throw std::logic_error("does not take texts"); }
};

/// An archive on disk. Its card is read and checked; its network is not loaded yet.
struct Archive {
  std::filesystem::path path;
  std::string sha256;  ///< hash of the file
  Card card;
  std::map<std::string, std::string> extra;  ///< contents of Kind::extra_files, by name
};

/// Reads the card without loading the network. `sha256` is the file's hash if the caller knows it. Throws
/// ModelError with one line if the file is missing, truncated or not a TorchScript archive, has no card or a
/// newer schema, or is of another kind than `expected` (null: any kind).
Archive open_archive(const std::filesystem::path& path, const Kind* expected, std::string sha256 = "");

/// Atomically writes a copy of the archive with another card. Throws ModelError if the archive can't be read,
/// InputError if the copy can't be written.
void copy_with_card(const Archive& archive, const nlohmann::ordered_json& card,
                    const std::filesystem::path& output);

/// The SHA-256 of an archive's file, in hex. Throws ModelError if the file can't be read.
std::string hash_of_archive(const std::filesystem::path& path);

/// The same, but uses the hash that an earlier run noted if the file's inode, size and times are unchanged.
std::string known_hash_of(const std::filesystem::path& path);

/// Whether a file is a TorchScript archive with a card. A file that contains only weights is not.
bool has_card(const std::filesystem::path& path);

/// The stems of the files in a models folder that a metric can name, sorted bytewise: of each `STEM.pt` whose
/// stem has only letters, digits, `.`, `_` and `-` and doesn't begin with a dot. Throws ModelError if the
/// folder can't be read.
std::vector<std::string> stems_in(const std::filesystem::path& folder);

/// Whether a models folder has a file with this name. Throws ModelError if the folder can't be accessed.
bool holds(const std::filesystem::path& folder, const std::string& file);

/// The models folder: the one that --models names (`shapes`: the bundled demo models), else
/// $XDG_DATA_HOME/tise-eval/models. Throws ModelError that lists the ways to get models.
std::filesystem::path find_models_folder(const std::optional<std::string>& option);

/// The file that lists the archives a models folder should contain: one line per archive, `SHA256  FILE`, as
/// written and checked by sha256sum.
inline constexpr const char* kLockFile = "models.lock";
/// SHA-256 in hex by an archive's file name.
using Hashes = std::map<std::string, std::string>;

/// Reads a folder's lock file. Returns nullopt if the folder has none. Throws ModelError on a malformed line.
std::optional<Hashes> read_lock(const std::filesystem::path& folder);
/// Throws InputError if the file can't be written.
void write_lock(const std::filesystem::path& folder, const Hashes& hashes);

/// Parses `auto` (a CUDA device if there is one, else the CPU), `cpu`, `cuda` or `cuda:N`. Throws UsageError
/// for any other word, ModelError if the device can't be used.
c10::Device parse_device(const std::string& name);

/// Number of usable GPUs; 0 without CUDA.
std::size_t count_cuda_devices();

/// Parses several devices separated by commas: `cuda:0,cuda:1`. All must be of one type; a device may be
/// repeated. Throws like `parse_device`.
std::vector<c10::Device> parse_devices(const std::string& names);

/// Parses `fp32`, `bf16`, `fp16` or `auto`, the fastest that the device supports well: `fp16` on CUDA, `bf16`
/// on a CPU with bfloat16 instructions, else `fp32`. Throws UsageError for any other word, ModelError if the
/// device doesn't support the precision.
Precision parse_precision(const std::string& name, c10::Device device);

/// `fp32`, `bf16` or `fp16`.
std::string name_of(Precision precision);

/// Loads the network onto the device, frozen for inference. Throws ModelError.
std::unique_ptr<Network> load_network(const Archive& archive, const Compute& compute);

/// Runs the archive on the card's probe. Returns the largest difference from the stored outputs, relative to
/// the largest stored number of the same output; nullopt if the card stores no outputs. Throws ModelError if
/// the archive can't run.
std::optional<double> verify(const Archive& archive, c10::Device device);

/// The largest difference that `verify` returns for an archive that still computes what it did at export.
inline constexpr double kVerifyTolerance = 1e-3;

}  // namespace tise::models
