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

/// In a run's store, the store of its real images.
inline constexpr const char* kRealStore = "real";

/// The store of a run: in the folder that was named, or in a temporary one that goes with this object.
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

/// A store as a run uses it: its rows are read, and added to if its folder can be written to. If not, the
/// run's captions lie in a temporary folder.
class RunStore {
 public:
  /// Throws InputError (store::Writer).
  RunStore(const std::filesystem::path& folder, const store::Provenance& provenance, Listener& listener,
           store::Writers writers = {});
  /// Of a store that another process holds (store::Writer::join).
  RunStore(const std::filesystem::path& folder, store::Writer&& joined);

  bool is_read_only() const { return !writer_; }
  /// Throws InputError if the store lacks `what` and can only be read.
  void check_writable(const std::string& what) const;
  /// Throws InputError if the store can only be read.
  store::Writer& writer();
  /// What takes the run's captions.
  store::Writer& captions() { return beside_ ? *captions_ : writer(); }
  /// A file's later state; if the store can only be read, it is found out again next time.
  void add_state(store::FileIdentity&& file);
  void flush();
  /// Its rows as they are now.
  store::Reader rows() const;
  /// A group's detections, those that are there when it is first called.
  store::DetectionReader& detections(const std::string& group);

 private:
  std::filesystem::path folder_;
  std::optional<store::Writer> writer_;
  std::unique_ptr<const StoreFolder> beside_;
  std::optional<store::Writer> captions_;
  std::map<std::string, store::DetectionReader> detections_;  ///< by group
};

/// Adds how images were opened, where that moves numbers, to what is kept of how rows were made.
void add_opening(nlohmann::ordered_json& made, const image::Opening& opening);

/// What rows of these groups are made with.
store::Provenance provenance_of(const GroupTable& groups, const Plan& plan, c10::Device device);

}  // namespace tise::run
