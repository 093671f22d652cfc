#include "run_store.h"

#include <utility>

#include "tise/base/error.h"
#include "tise/base/paths.h"

namespace tise::run {

namespace fs = std::filesystem;

StoreFolder::StoreFolder(const std::optional<fs::path>& named, Listener& listener)
    : path_(named ? *named : make_temporary_folder()), temporary_(!named) {
  if (temporary_) listener.keeps_in(path_);
}

StoreFolder::~StoreFolder() {
  if (temporary_) remove_folder(path_);
}

RunStore::RunStore(const fs::path& folder, const store::Provenance& provenance, Listener& listener,
                   store::Writers writers)
    : folder_(folder) {
  if (!store::can_only_be_read(folder)) {
    writer_.emplace(folder, provenance, writers);
    return;
  }
  if (const auto there = store::read_provenance(folder)) check_compatible(folder, *there, provenance);
  beside_ = std::make_unique<const StoreFolder>(std::nullopt, listener);
  captions_.emplace(beside_->path(), provenance);
}

RunStore::RunStore(const fs::path& folder, store::Writer&& joined)
    : folder_(folder), writer_(std::move(joined)) {}

void RunStore::check_writable(const std::string& missing) const {
  if (writer_) return;
  throw InputError("store " + folder_.string() + ": " + missing +
                   " are missing, and the store is read-only; make it writable, or use another --store");
}

store::Writer& RunStore::writer() {
  check_writable("rows");
  return *writer_;
}

void RunStore::add_state(store::FileIdentity&& file) {
  if (writer_) writer_->add_state(std::move(file));
}

void RunStore::flush() {
  if (writer_) writer_->flush();
}

store::Reader RunStore::rows() const {
  return store::Reader({folder_}, beside_ ? std::optional(beside_->path()) : std::nullopt);
}

store::DetectionReader& RunStore::detections(const std::string& group) {
  return detections_.try_emplace(group, rows(), group).first->second;
}

void add_opening(nlohmann::ordered_json& made, const image::Opening& opening) {
  if (!opening.transform.empty()) made["transform"] = image::to_string(opening.transform);
  if (opening.turns) made["exif"] = "apply";
}

store::Provenance provenance_of(const GroupTable& groups, const Plan& plan, c10::Device device) {
  store::Provenance provenance;
  provenance.precision = plan.precision;
  provenance.device = device.is_cuda() ? "cuda" : "cpu";
  for (const Group& group : *groups) {
    const models::Archive& archive = *group.archive;
    auto& made = provenance.models[group.name];
    made = {{"name", archive.card.name},
            {"sha256", archive.sha256},
            {"input", archive.card.json.value("input", nlohmann::ordered_json::object())}};
    if (!group.is_of_texts) add_opening(made, plan.opening);
    if (!group.parent.empty()) made["detector"] = provenance.models.at(group.parent).at("sha256");
  }
  return provenance;
}

}  // namespace tise::run
