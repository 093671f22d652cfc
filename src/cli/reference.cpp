#include "reference.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "tise/base/error.h"
#include "tise/metrics/read_samples.h"

namespace tise::cli {
namespace {

namespace fs = std::filesystem;

/// Throws where statistics are known to come from another network or preparation; says whether they are
/// known to come from this one.
bool verified(const metrics::Statistics& statistics, const models::Archive& archive) {
  const std::string role = "real statistics " + statistics.path + ": ";
  const std::string remedy = "; make them again with tise-eval stats";
  if (statistics.model_sha256 && *statistics.model_sha256 != archive.sha256) {
    throw InputError(role + "made with another network (" + statistics.model_sha256->substr(0, 12) +
                     ", this is " + archive.sha256.substr(0, 12) + ")" + remedy);
  }
  if (statistics.preparation && *statistics.preparation != preparation_text(archive.card)) {
    throw InputError(role + "made with preparation " + *statistics.preparation + ", this is " +
                     preparation_text(archive.card) + remedy);
  }
  return statistics.model_sha256.has_value() && statistics.preparation.has_value();
}

LoadedReference from_file(const RealSource& source, const models::Archive& archive) {
  LoadedReference loaded;
  loaded.reference.moments = source.statistics->moments;
  loaded.reference.verified = verified(*source.statistics, archive);
  loaded.input.path = source.path.string();
  loaded.input.count = static_cast<std::size_t>(source.statistics->moments.count);
  loaded.input.verified = loaded.reference.verified;
  return loaded;
}

}  // namespace

std::string preparation_text(const models::Card& card) {
  return card.json.value("input", nlohmann::ordered_json::object()).dump();
}

RealSource open_real(const fs::path& path) {
  RealSource source;
  source.path = path;
  if (fs::is_regular_file(path)) {
    source.statistics = metrics::read_statistics(path);
  } else {
    source.images = data::list_images(path, "real images");
  }
  return source;
}

ImageWork check_reference(const RealSource& source, Engine& engine, const fs::path& folder) {
  if (source.statistics) {
    verified(*source.statistics, *engine.inception());
    return {};
  }
  const auto store = store::Store::open(folder, engine.provenance(false, true));
  auto work = engine.image_work(store, source.images, false, true, "real image");
  engine.check_images(work);
  return work;
}

LoadedReference load_reference(const RealSource& source, const ImageWork& work, Engine& engine,
                               const fs::path& folder) {
  if (source.statistics) return from_file(source, *engine.inception());
  LoadedReference loaded;
  auto store = store::Store::open(folder, engine.provenance(false, true));
  const auto bad = engine.encode_images(store, work);
  std::set<std::string> left_out;
  for (const pipeline::BadImage& image : bad) {
    left_out.insert(image.name);
    loaded.input.skipped.push_back(image.name + ": " + image.why);
  }
  std::vector<std::string> names;
  for (const data::ImageFile& image : source.images) {
    if (!left_out.contains(image.name)) names.push_back(image.name);
  }
  loaded.reference.moments = metrics::feature_moments(metrics::stream(store, "inception", names));
  loaded.reference.verified = true;
  loaded.input.path = source.path.string();
  loaded.input.count = names.size();
  return loaded;
}

}  // namespace tise::cli
