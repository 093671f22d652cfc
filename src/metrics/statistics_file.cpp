#include "tise/metrics/statistics_file.h"

#include <ATen/ATen.h>
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "npy.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/names.h"
#include "tise/base/zip.h"

namespace tise::metrics {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRole = "real statistics";
constexpr std::string_view kFormat = "tise-eval statistics 1";
constexpr std::string_view kSuffix = ".npy";
constexpr std::string_view kObjects = "objects_";

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw InputError(std::string(kRole) + " " + path.string() + ": " + why);
}

bool is_known(std::string_view name) {
  constexpr std::array<std::string_view, 7> kFields{"mu",          "sigma", "count",  "model_sha256",
                                                    "preparation", "set",   "skipped"};
  if (name == "format") return true;
  if (name.starts_with(kObjects)) name.remove_prefix(kObjects.size());
  return std::find(kFields.begin(), kFields.end(), name) != kFields.end();
}

/// Calls `visit` with each array of a file: its name, and its bytes.
void visit_arrays(const fs::path& path,
                  const std::function<void(const std::string& name, const ByteSource& bytes)>& visit) {
  try {
    visit_zip(path, kRole, [&](const std::string& member, std::int64_t /*size*/, const ByteSource& bytes) {
      if (member.ends_with(kSuffix)) visit(member.substr(0, member.size() - kSuffix.size()), bytes);
    });
  } catch (const InputError&) {
    throw;
  } catch (const std::runtime_error&) {
    fail(path, "not an .npz file, or truncated");
  }
}

/// The arrays that we know, in whatever order they are; of a file without our "format" those that every file
/// has, since others of our names mean something else there.
std::map<std::string, NpyArray> read_arrays(const fs::path& path) {
  bool is_ours = false;
  visit_arrays(path,
               [&](const std::string& name, const ByteSource&) { is_ours = is_ours || name == "format"; });
  std::map<std::string, NpyArray> arrays;
  visit_arrays(path, [&](const std::string& name, const ByteSource& bytes) {
    if (is_ours ? !is_known(name) : name != "mu" && name != "sigma") return;
    if (arrays.contains(name)) fail(path, "has \"" + name + "\" twice");
    try {
      arrays[name] = read_npy(bytes);
    } catch (const std::runtime_error& error) {
      fail(path, "\"" + name + "\": " + error.what());
    }
  });
  return arrays;
}

/// The value of an array, or an InputError that names it.
template <typename Read>
auto value_of(const fs::path& path, const std::map<std::string, NpyArray>& arrays, const std::string& name,
              Read read) {
  const auto found = arrays.find(name);
  if (found == arrays.end()) fail(path, "no array \"" + name + "\"");
  try {
    return (found->second.*read)();
  } catch (const std::runtime_error& error) {
    fail(path, "\"" + name + "\": " + error.what());
  }
}

std::string shape_of(const at::Tensor& tensor) {
  std::string text;
  for (const std::int64_t size : tensor.sizes()) text += (text.empty() ? "" : " × ") + std::to_string(size);
  return text.empty() ? "a number" : text;
}

void check(const fs::path& path, const Moments& moments, const std::string& prefix) {
  const at::Tensor& mu = moments.mean;
  const at::Tensor& sigma = moments.covariance;
  const auto bad = [&](const std::string& name, const std::string& why) {
    fail(path, "\"" + prefix + name + "\" " + why);
  };
  if (mu.dim() != 1 || mu.size(0) == 0) bad("mu", "is " + shape_of(mu) + ", not a vector");
  if (sigma.dim() != 2 || sigma.size(0) != mu.size(0) || sigma.size(1) != mu.size(0)) {
    bad("sigma", "is " + shape_of(sigma) + ", \"" + prefix + "mu\" has " + shape_of(mu) + " values");
  }
  if (!at::isfinite(mu).all().item<bool>()) bad("mu", "has a value that is not finite");
  if (!at::isfinite(sigma).all().item<bool>()) bad("sigma", "has a value that is not finite");
  const double scale = sigma.abs().max().item<double>();
  if ((sigma - sigma.t()).abs().max().item<double>() > 1e-4 * scale) bad("sigma", "is not symmetric");
  if (sigma.diagonal().min().item<double>() < -1e-4 * scale) bad("sigma", "has a negative variance");
}

FeatureStatistics read_features(const fs::path& path, const std::map<std::string, NpyArray>& arrays,
                                const std::string& prefix) {
  FeatureStatistics features;
  Moments& moments = features.moments;
  moments.mean = value_of(path, arrays, prefix + "mu", &NpyArray::to_tensor);
  moments.covariance = value_of(path, arrays, prefix + "sigma", &NpyArray::to_tensor);
  check(path, moments, prefix);
  moments.covariance = (moments.covariance + moments.covariance.t()) / 2.0;
  if (!arrays.contains("format")) {
    features.set = sha256_file(path, kRole);
    return features;
  }
  moments.count = value_of(path, arrays, prefix + "count", &NpyArray::to_integer);
  if (moments.count < 2) fail(path, "\"" + prefix + "count\" is below 2");
  const auto text = [&](const std::string& name) -> std::optional<std::string> {
    if (!arrays.contains(prefix + name)) return std::nullopt;
    return value_of(path, arrays, prefix + name, &NpyArray::to_text);
  };
  features.model_sha256 = text("model_sha256");
  features.preparation = text("preparation");
  features.set = text("set").value_or("");
  std::istringstream skipped(text("skipped").value_or(""));
  for (std::string line; std::getline(skipped, line);) features.skipped.push_back(line);
  return features;
}

/// A zip in memory; members are stored, since covariances hardly shrink.
class NpzWriter {
 public:
  NpzWriter() : writer_(archive_write_new(), &archive_write_free) {
    archive_write_set_format_zip(writer_.get());
    archive_write_set_options(writer_.get(), "zip:compression=store");
    archive_write_set_bytes_in_last_block(writer_.get(), 1);
    require(archive_write_open2(writer_.get(), &content_, nullptr, &append, nullptr, nullptr));
  }
  void add(const std::string& name, std::string_view npy) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              &archive_entry_free);
    archive_entry_set_pathname(entry.get(), (name + std::string(kSuffix)).c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(npy.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);  // no time: so the same content is the same bytes
    require(archive_write_header(writer_.get(), entry.get()));
    for (std::string_view rest = npy; !rest.empty();) {
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

Statistics read_statistics(const fs::path& path) {
  const auto arrays = read_arrays(path);
  Statistics statistics;
  statistics.path = path.string();
  if (arrays.contains("format")) {
    const std::string format = value_of(path, arrays, "format", &NpyArray::to_text);
    if (format != kFormat) fail(path, "format \"" + format + "\", not \"" + std::string(kFormat) + "\"");
  }
  statistics.images = read_features(path, arrays, "");
  const std::string objects(kObjects);
  if (arrays.contains(objects + "mu")) statistics.objects = read_features(path, arrays, objects);
  return statistics;
}

void write_statistics(const fs::path& path, const Statistics& statistics) {
  NpzWriter npz;
  npz.add("format", npy_of(kFormat));
  const auto add = [&](const FeatureStatistics& features, const std::string& prefix,
                       const std::string& noun) {
    const Moments& moments = features.moments;
    if (!moments.covariance.defined() || moments.count < 2) {
      fail(path, counted(moments.count, noun) + ": covariance needs 2");
    }
    npz.add(prefix + "mu", npy_of(moments.mean));
    npz.add(prefix + "sigma", npy_of(moments.covariance));
    npz.add(prefix + "count", npy_of(moments.count));
    if (features.model_sha256)
      npz.add(prefix + "model_sha256", npy_of(std::string_view(*features.model_sha256)));
    if (features.preparation)
      npz.add(prefix + "preparation", npy_of(std::string_view(*features.preparation)));
    if (!features.set.empty()) npz.add(prefix + "set", npy_of(std::string_view(features.set)));
    if (const std::string skipped = joined(features.skipped, "\n"); !skipped.empty())
      npz.add(prefix + "skipped", npy_of(std::string_view(skipped)));
  };
  add(statistics.images, "", "image");
  if (statistics.objects) add(*statistics.objects, std::string(kObjects), "object");
  write_atomically(path, kRole, npz.finish());
}

bool holds_statistics(const fs::path& path) {
  bool found = false;
  try {
    visit_zip(path, kRole, [&](const std::string& name, std::int64_t /*size*/, const ByteSource&) {
      found = found || name == "mu.npy" || name == "sigma.npy";
    });
  } catch (const std::runtime_error&) {
    return false;
  }
  return found;
}

}  // namespace tise::metrics
