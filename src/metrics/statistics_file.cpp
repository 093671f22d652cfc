#include "tise/metrics/statistics_file.h"

#include <ATen/ATen.h>
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "npy.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/npy.h"
#include "tise/base/zip.h"

namespace tise::metrics {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kRole = "real statistics";
constexpr const char* kFormat = "tise-eval statistics 2";
constexpr std::string_view kMetadata = "statistics.json";
constexpr std::size_t kMostMetadata = std::size_t{64} << 20U;
/// The names of rows of features in files of dgm-eval and clean-fid.
constexpr std::array<const char*, 2> kRows{"reps", "feats"};

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw InputError(std::string(kRole) + " " + path.string() + ": " + why);
}

/// `mu` or `mu@other`.
std::string array_name(std::string_view array, std::string_view set) {
  return set.empty() ? std::string(array) : concat(array, "@", set);
}

/// Calls `visit` with the name and the bytes of each member of a file.
void visit_members(const fs::path& path,
                   const std::function<void(const std::string& name, const ByteSource& bytes)>& visit) {
  try {
    for (ZipReader zip(path, kRole); zip.next();)
      visit(zip.name(), [&](char* data, std::size_t size) { return zip.read(data, size); });
  } catch (const InputError&) {
    throw;
  } catch (const std::runtime_error&) {
    fail(path, "not an .npz file, or truncated");
  }
}

bool has(const std::vector<std::string>& arrays, const char* name) {
  return std::ranges::find(arrays, name) != arrays.end();
}

/// The name of the array in a member of a file; empty if the member isn't an array.
std::string array_of(const std::string& member) {
  return member.ends_with(kNpySuffix) ? member.substr(0, member.size() - kNpySuffix.size()) : "";
}

/// All bytes, or a little more than `most` if there are more.
std::string read_all(const ByteSource& bytes, std::size_t most) {
  std::string text;
  char block[1 << 14];
  while (text.size() <= most) {
    const std::size_t got = bytes(block, sizeof block);
    if (got == 0) break;
    text.append(block, got);
  }
  return text;
}

/// How the sets of our own file were made, by name; null for a foreign file.
Json read_metadata(const fs::path& path) {
  std::optional<std::string> text;
  std::set<std::string> members;
  visit_members(path, [&](const std::string& member, const ByteSource& bytes) {
    members.insert(member);
    if (member == kMetadata) text = read_all(bytes, kMostMetadata);
  });
  if (!text) {
    if (members.contains("format.npy") && members.contains("model_sha256.npy"))
      fail(path, "made by an older tise-eval; remake it with tise-eval stats");
    return {};
  }
  const Json metadata = json_or_discarded<Json>(*text);
  if (!metadata.is_object() || !metadata.contains("sets") || !metadata["sets"].is_object())
    fail(path, concat(kMetadata, " was not written by tise-eval stats"));
  if (const Json format = metadata.value("format", Json()); format != kFormat)
    fail(path, concat(kMetadata, " has the format ", json_text(format), ", not \"", kFormat, "\""));
  return metadata["sets"];
}

/// The named arrays, whatever their order in the file.
std::map<std::string, at::Tensor> read_arrays(const fs::path& path, const std::set<std::string>& names) {
  std::map<std::string, at::Tensor> arrays;
  visit_members(path, [&](const std::string& member, const ByteSource& bytes) {
    const std::string name = array_of(member);
    if (!names.contains(name)) return;
    if (arrays.contains(name)) fail(path, "has \"" + name + "\" twice");
    try {
      arrays[name] = read_npy(bytes);
    } catch (const std::runtime_error& error) {
      fail(path, "\"" + name + "\": " + error.what());
    }
  });
  return arrays;
}

const at::Tensor& tensor_of(const fs::path& path, const std::map<std::string, at::Tensor>& arrays,
                            const std::string& name) {
  const at::Tensor* array = find_in(arrays, name);
  if (array == nullptr) fail(path, "no array \"" + name + "\"");
  return *array;
}

std::string shape_of(const at::Tensor& tensor) {
  std::string text;
  for (const std::int64_t size : tensor.sizes()) text += (text.empty() ? "" : " × ") + std::to_string(size);
  return text.empty() ? "a number" : text;
}

void check(const fs::path& path, const Moments& moments, const std::string& set) {
  const at::Tensor& mu = moments.mean;
  const at::Tensor& sigma = moments.covariance;
  const auto bad = [&](const std::string& name, const std::string& why) {
    fail(path, "\"" + array_name(name, set) + "\" " + why);
  };
  if (mu.dim() != 1 || mu.size(0) == 0) bad("mu", "is " + shape_of(mu) + ", not a vector");
  if (sigma.dim() != 2 || sigma.size(0) != mu.size(0) || sigma.size(1) != mu.size(0)) {
    bad("sigma",
        "is " + shape_of(sigma) + ", but \"" + array_name("mu", set) + "\" has " + shape_of(mu) + " values");
  }
  if (!at::isfinite(mu).all().item<bool>()) bad("mu", "has a value that is not finite");
  if (!at::isfinite(sigma).all().item<bool>()) bad("sigma", "has a value that is not finite");
  const double scale = sigma.abs().max().item<double>();
  if ((sigma - sigma.t()).abs().max().item<double>() > 1e-4 * scale) bad("sigma", "is not symmetric");
  if (sigma.diagonal().min().item<double>() < -1e-4 * scale) bad("sigma", "has a negative variance");
}

Moments read_moments(const fs::path& path, const std::map<std::string, at::Tensor>& arrays,
                     const std::string& set) {
  Moments moments;
  moments.mean = tensor_of(path, arrays, array_name("mu", set));
  moments.covariance = tensor_of(path, arrays, array_name("sigma", set));
  check(path, moments, set);
  moments.covariance = (moments.covariance + moments.covariance.t()) / 2.0;
  return moments;
}

/// Calls `visit` with the bytes of the member that is this array.
void visit_array(const fs::path& path, const std::string& array,
                 const std::function<void(const ByteSource& bytes)>& visit) {
  visit_members(path, [&](const std::string& member, const ByteSource& bytes) {
    if (array_of(member) != array) return;
    try {
      visit(bytes);
    } catch (const Error&) {
      throw;
    } catch (const std::runtime_error& error) {
      fail(path, "\"" + array + "\": " + error.what());
    }
  });
}

/// An array of rows, which are read at each visit.
PlacedRows rows_in(const fs::path& path, const std::string& array) {
  PlacedRows rows;
  visit_array(path, array, [&](const ByteSource& bytes) {
    const NpyHeader header = read_rows_header(bytes);
    rows.count = static_cast<std::size_t>(header.shape[0]);
    rows.width = header.shape[1];
  });
  rows.visit = [path, array, count = rows.count](const BlockVisitor& visit) {
    std::size_t next = 0;
    visit_array(path, array, [&](const ByteSource& bytes) {
      for_each_npy_block(bytes, [&](const at::Tensor& block) {
        RowBlock shown{.images = {}, .places = {}, .rows = block};
        for (std::int64_t i = 0; i < block.size(0); ++i) shown.places.push_back(next++);
        if (next > count) fail(path, "\"" + array + "\" changed during the run; run the same command again");
        shown.images = shown.places;
        visit(shown);
      });
    });
    if (next != count) fail(path, "\"" + array + "\" changed during the run; run the same command again");
  };
  return rows;
}

/// The moments of an array of rows.
Moments moments_of_rows(const fs::path& path, const std::string& array, const PlacedRows& rows) {
  MomentsAccumulator sums;
  rows.visit([&](const RowBlock& block) { sums.add(block.rows); });
  const Moments moments = sums.moments();
  if (moments.count < 2)
    fail(path, concat("\"", array, "\" has ", counted(moments.count, "row"), "; covariance needs 2"));
  if (!all_finite(moments)) fail(path, "\"" + array + "\" has a value that is not finite");
  return moments;
}

/// The only set of a foreign file.
FeatureStatistics read_foreign(const fs::path& path) {
  FeatureStatistics features;
  const std::vector<std::string> arrays = arrays_in(path, kRole);
  const auto rows = std::ranges::find_if(kRows, [&](const char* name) { return has(arrays, name); });
  const bool has_moments = has(arrays, "mu") || has(arrays, "sigma") || rows == kRows.end();
  if (rows != kRows.end()) features.rows = rows_in(path, *rows);
  features.moments = has_moments ? read_moments(path, read_arrays(path, {"mu", "sigma"}), "")
                                 : moments_of_rows(path, *rows, features.rows);
  features.set = sha256_file(path, kRole);
  features.is_foreign = true;
  return features;
}

/// Reads how a set was made from its entry in the metadata.
void read_origin(const fs::path& path, FeatureStatistics& features, const std::string& set,
                 const Json& origin) {
  try {
    features.moments.count = origin.at("count");
    if (const Json& hash = origin.at("model_sha256"); !hash.is_null()) features.model_sha256 = hash;
    if (const Json& made = origin.at("preparation"); !made.is_null()) features.preparation = json_text(made);
    features.set = origin.at("set");
    features.skipped = origin.at("skipped");
  } catch (const Json::exception&) {
    fail(path, concat(kMetadata, ": the entry \"", set, "\" was not written by tise-eval stats"));
  }
  if (features.moments.count < 2) fail(path, concat(kMetadata, ": the count of \"", set, "\" is below 2"));
}

Json origin_json(const FeatureStatistics& features) {
  return {{"count", features.moments.count},
          {"model_sha256", features.model_sha256 ? Json(*features.model_sha256) : Json()},
          {"preparation", json_or_discarded<Json>(features.preparation.value_or("null"))},
          {"set", features.set},
          {"skipped", features.skipped}};
}

/// A zip file in memory. Members are stored uncompressed, since covariances hardly shrink.
class NpzWriter {
 public:
  NpzWriter() : writer_(archive_write_new(), &archive_write_free) {
    archive_write_set_format_zip(writer_.get());
    archive_write_set_options(writer_.get(), "zip:compression=store");
    archive_write_set_bytes_in_last_block(writer_.get(), 1);
    require(archive_write_open2(writer_.get(), &content_, nullptr, &append, nullptr, nullptr));
  }
  void add(const std::string& name, std::string_view content) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              &archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    // No time is set, so that the same content gives the same bytes.
    require(archive_write_header(writer_.get(), entry.get()));
    for (std::string_view rest = content; !rest.empty();) {
      const la_ssize_t written = archive_write_data(writer_.get(), rest.data(), rest.size());
      if (written <= 0) throw std::runtime_error("statistics could not be packed");
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  const std::string& finish() {
    require(archive_write_close(writer_.get()));
    return content_;
  }

 private:
  static la_ssize_t append(archive*, void* content, const void* data, std::size_t size) {
    static_cast<std::string*>(content)->append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }
  void require(int status) const {
    if (status != ARCHIVE_OK) throw std::runtime_error(archive_error_string(writer_.get()));
  }

  std::string content_;
  std::unique_ptr<archive, decltype(&archive_write_free)> writer_;
};

}  // namespace

bool are_statistics(const std::vector<std::string>& arrays) {
  return has(arrays, "mu") || has(arrays, "sigma") ||
         std::ranges::any_of(kRows, [&](const char* name) { return has(arrays, name); });
}

Statistics read_statistics(const fs::path& path) {
  Statistics statistics;
  Json origins;
  try {
    origins = read_metadata(path);
  } catch (const NestedTooDeep& error) {
    fail(path, concat(kMetadata, " is ", error.what()));
  }
  if (origins.is_null()) {
    statistics.sets[""] = read_foreign(path);
    return statistics;
  }
  std::set<std::string> names;
  for (const auto& [set, origin] : origins.items()) {
    names.insert(array_name("mu", set));
    names.insert(array_name("sigma", set));
  }
  const auto arrays = read_arrays(path, names);
  for (const auto& [set, origin] : origins.items()) {
    FeatureStatistics& features = statistics.sets[set];
    features.moments = read_moments(path, arrays, set);
    read_origin(path, features, set, origin);
  }
  return statistics;
}

void write_statistics(const fs::path& path, const Statistics& statistics) {
  NpzWriter npz;
  Json metadata{{"format", kFormat}, {"sets", Json::object()}};
  for (const auto& [set, features] : statistics.sets) {
    const Moments& moments = features.moments;
    if (!moments.covariance.defined() || moments.count < 2) {
      fail(path,
           counted(moments.count, set.starts_with(kCropSets) ? "object" : "image") + ": covariance needs 2");
    }
    npz.add(array_name("mu", set) + ".npy", npy_of(moments.mean));
    npz.add(array_name("sigma", set) + ".npy", npy_of(moments.covariance));
    metadata["sets"][set] = origin_json(features);
  }
  npz.add(std::string(kMetadata), json_text(metadata, 2) + "\n");
  write_atomically(path, kRole, npz.finish());
}

}  // namespace tise::metrics
