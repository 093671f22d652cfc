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

/// The device's memory doesn't hold the batch: a smaller one may pass.
class OutOfMemory : public ModelError {
 public:
  using ModelError::ModelError;
};

/// In what a network's layers compute. Weights are rounded to it, and what is between the layers; what they
/// answer, and all that is done with it, is float32 and float64.
enum class Precision { kFp32, kBf16, kFp16 };

/// Where and in what a network computes.
struct Compute {
  c10::Device device = c10::kCPU;
  Precision precision = Precision::kFp32;
};

using store::Columns;

/// What a network answers for pictures: float32 or int64, on the CPU.
struct Rows {
  Columns columns = {};  ///< one row per picture
  /// Where it finds objects: one row per object, one picture's after another's, and how many each has.
  Columns items = {};
  std::vector<std::int64_t> lengths = {};
};

using store::Detections;

/// Objects of lower scores are left out of a detector's rows.
inline constexpr double kLowestScore = 0.05;

/// A network of any kind. Several threads may call at once, on CUDA each on its own current stream. The calls
/// throw ModelError that names the archive where the network fails, answers in another shape than its card
/// says or with numbers that aren't finite, and OutOfMemory. No rows in, no rows out.
class Network {
 public:
  virtual ~Network() = default;
  /// Pictures of one size, [N, 3, H, W] float32, any device (Takes::kBatch).
  virtual Rows encode_batch(const at::Tensor&) { throw std::logic_error("takes no batch"); }
  /// Pictures of any sizes, [3, H, W] float32 (Takes::kPictures).
  virtual Rows encode_pictures(const std::vector<at::Tensor>&) { throw std::logic_error("takes a batch"); }
  /// [N, L] int64, L at most the context → [N, D] float32 on the CPU, not normalised (Kind::encodes_texts).
  virtual at::Tensor encode_texts(const at::Tensor&) { throw std::logic_error("takes no texts"); }
};

/// An archive on disk, its card read and checked, the network not yet loaded.
struct Archive {
  std::filesystem::path path;
  std::string sha256;  ///< of the file
  Card card;
  std::map<std::string, std::string> extra;  ///< the extra files that its kind asks for
};

/// Reads the card without loading the network. `sha256`: of the file, if that is known. Throws ModelError
/// with one line: missing file, not a TorchScript archive, truncated, no card, newer schema, another kind
/// than `expected` unless that is null.
Archive open_archive(const std::filesystem::path& path, const Kind* expected, std::string sha256 = "");

/// Writes a copy of the archive that has another card, whole or not at all. Throws ModelError where the
/// archive can't be read, InputError where the copy can't be written.
void copy_with_card(const Archive& archive, const nlohmann::ordered_json& card,
                    const std::filesystem::path& output);

/// Of an archive's file, in hex. Throws ModelError where it can't be read.
std::string hash_of_archive(const std::filesystem::path& path);

/// The same, by what an earlier run noted if the file is the same by its inode, size and times.
std::string known_hash_of(const std::filesystem::path& path);

/// Whether a file is a TorchScript archive with a card, which a file of mere weights isn't.
bool has_card(const std::filesystem::path& path);

/// The stems of the files in a models folder that a metric can name, bytewise: all `STEM.pt` whose stem has
/// letters, digits, `.`, `_` and `-` only and doesn't begin with a dot. Throws ModelError if the folder can't
/// be read.
std::vector<std::string> stems_in(const std::filesystem::path& folder);

/// Whether a models folder has a file of this name. Throws ModelError where that can't be found out.
bool holds(const std::filesystem::path& folder, const std::string& file);

/// The models folder: what --models names (`shapes`: the bundled demo models), else
/// $XDG_DATA_HOME/tise-eval/models. Throws ModelError that names the ways out.
std::filesystem::path find_models_folder(const std::optional<std::string>& option);

/// The file of a models folder that says which archives it ought to hold: lines of SHA-256 and name, as
/// sha256sum writes and checks them.
inline constexpr const char* kLockFile = "models.lock";
/// By an archive's file name.
using Hashes = std::map<std::string, std::string>;

/// Nothing where there is no such file. Throws ModelError on a line that is none.
std::optional<Hashes> read_lock(const std::filesystem::path& folder);
/// Throws InputError where it can't be written.
void write_lock(const std::filesystem::path& folder, const Hashes& hashes);

/// `auto` (CUDA where there is a device), `cpu`, `cuda`, `cuda:N`. Throws UsageError for another word and
/// ModelError where the device can't be used.
c10::Device parse_device(const std::string& name);

/// GPUs that can be used; 0 where there is no CUDA.
std::size_t count_cuda_devices();

/// The same of several, separated by commas: `cuda:0,cuda:1`. All are of one kind; a device may come more
/// than once. Throws likewise.
std::vector<c10::Device> parse_devices(const std::string& names);

/// `fp32`, `bf16`, `fp16`, or `auto`: the fastest that the device computes well, `fp16` on CUDA, `bf16` on a
/// CPU with instructions for it. Throws UsageError for another word and ModelError where the device doesn't
/// have it.
Precision parse_precision(const std::string& name, c10::Device device);

/// `fp32`, `bf16` or `fp16`.
std::string name_of(Precision precision);

/// The network on the device, frozen for inference. Throws ModelError.
std::unique_ptr<Network> load_network(const Archive& archive, const Compute& compute);

/// Runs the archive on the card's probe. Returns the largest difference from the stored answers, relative
/// to the largest stored number of the same output; nothing where the card stores none. Throws ModelError
/// where it can't run.
std::optional<double> verify(const Archive& archive, c10::Device device);

/// What `verify` may return for an archive that computes what it did at export.
inline constexpr double kVerifyTolerance = 1e-3;

}  // namespace tise::models
