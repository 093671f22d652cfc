#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tise/run/plan.h"
#include "tise/run/run.h"
#include "tise/store/detection_reader.h"
#include "tise/store/reader.h"
#include "tise/store/writer.h"

namespace tise::run {

/// Folder inside a run's store: the store of its real images.
inline constexpr const char* kRealStore = "real";

/// The folder of a run's store: the one that was named, or a temporary one that is removed with this object.
class StoreFolder {
 public:
  StoreFolder(const std::optional<std::filesystem::path>& named, Listener& listener);
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;
  ~StoreFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool temporary_;
};

/// A store as a run uses it: rows are read, and added if its folder is writable. If it isn't, the run's
/// captions are kept in a temporary folder.
class RunStore {
 public:
  /// Throws InputError (store::Writer).
  RunStore(const std::filesystem::path& folder, const store::Provenance& provenance, Listener& listener,
           store::Writers writers = {});
  /// For a store that another process holds (store::Writer::join).
  RunStore(const std::filesystem::path& folder, store::Writer&& joined);

  bool is_read_only() const { return !writer_; }
  /// Throws InputError, stating that `missing` are missing, if the store is read-only.
  void check_writable(const std::string& missing) const;
  /// Throws InputError if the store is read-only.
  store::Writer& writer();
  /// The writer for the run's captions.
  store::Writer& captions() { return beside_ ? *captions_ : writer(); }
  /// Records a file's new state. If the store is read-only, the next run determines it again.
  void add_state(store::FileIdentity&& file);
  void flush();
  /// The rows as they are now.
  store::Reader rows() const;
  /// A group's detections: those that exist when it is first called.
  store::DetectionReader& detections(const std::string& group);

 private:
  std::filesystem::path folder_;
  std::optional<store::Writer> writer_;
  std::unique_ptr<const StoreFolder> beside_;
  std::optional<store::Writer> captions_;
  std::map<std::string, store::DetectionReader> detections_;  ///< by group
};

/// Adds to a record of how rows were made those opening settings that affect values.
void add_opening(nlohmann::ordered_json& made, const image::Opening& opening);

/// How the rows of these groups are made.
store::Provenance provenance_of(const GroupTable& groups, const Plan& plan, c10::Device device);

}  // namespace tise::run
