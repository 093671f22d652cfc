#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tise/cli/console.h"
#include "tise/cli/interrupt.h"
#include "tise/cli/options.h"
#include "tise/data/images.h"
#include "tise/metrics/registry.h"
#include "tise/models/models.h"
#include "tise/pipeline/encode_images.h"
#include "tise/pipeline/encode_texts.h"
#include "tise/pipeline/monitor.h"
#include "tise/pipeline/objects.h"
#include "tise/store/detection_reader.h"
#include "tise/store/store.h"

namespace tise::cli {

/// Calls its argument with one text after another.
using EachText = std::function<void(const std::function<void(const std::string&)>&)>;

/// Which column groups a run fills.
struct Groups {
  bool clip = false;
  bool inception = false;
  bool inception_fid = false;
  bool detections = false;
  bool crops = false;  ///< with them, `detections`
  bool counts = false;
};

/// What is to be encoded of some images, and into which groups.
struct ImageWork {
  Groups groups;
  std::string role;        ///< for messages: `image`, `real image`
  std::size_t images = 0;  ///< all of them; the rest is in the store
  std::vector<pipeline::ImageTask> tasks;
};

/// For an image, which of a run's branches have to see it: its rows in a store are not there, or of another
/// file.
using Lacking = std::function<std::vector<bool>(const data::ImageFile&)>;

/// What there is to do of some images, in the order in which they are quick to read.
ImageWork work_on(std::span<const data::ImageFile> images, const Lacking& lacking, const Groups& groups,
                  const std::string& role);

/// The outside world of a command: what it says, and how it is stopped.
struct World {
  Console& console;
  InterruptGuard& interrupt;
};

/// The models of a run, their archives read at once, their networks loaded when first asked for.
class Engine {
 public:
  Engine(EngineOptions options, World world);

  /// Looks for the archives that the needs call for. Throws ModelError where the folder isn't there or an
  /// archive is broken; an archive that just isn't there is remembered as missing.
  void find(const metrics::Needs& needs);
  /// Takes an archive from anywhere for the role of `inception.pt`. Throws ModelError.
  void take_classifier(const std::filesystem::path& path);
  /// Which archive the needs lack, such as `no clip.pt in DIR`; empty where they lack none.
  std::string missing(const metrics::Needs& needs) const;
  const std::filesystem::path& folder() const { return folder_; }

  /// What is known of the archives, by stem: hash and card, as `recall` takes them.
  nlohmann::ordered_json known_archives() const;
  /// In place of `find` where rows are there already: what was known of the archives that made them, and in
  /// which precision. There are no networks to load then. Throws ModelError where a card can't be read.
  void recall(const nlohmann::ordered_json& archives, const std::string& precision);

  /// By the archive's stem: `clip`, `inception`, `inception_fid`, `inception_objects`, `maskrcnn`, `counter`;
  /// null where it isn't there or wasn't looked for.
  const models::Archive* archive(const std::string& stem) const;
  /// The one that FID's features come from, and the one that crops go through.
  const models::Archive* fid_archive() const { return own_or_inception("inception_fid"); }
  const models::Archive* crop_archive() const { return own_or_inception("inception_objects"); }

  /// The groups that the needs call for, by the archives that are there.
  Groups groups_for(const metrics::Needs& needs) const;
  /// `cpu`, `cuda:0`, `cuda:0,cuda:1`.
  std::string device_name();
  /// The first of them.
  c10::Device device() { return devices().front(); }
  /// `fp32`, `bf16` or `fp16`. Throws UsageError, ModelError.
  std::string precision_name();
  /// What rows of these groups are made with.
  store::Provenance provenance(const Groups& groups);

  double detector_threshold() const { return options_.detector_threshold; }
  std::size_t batch_size();
  std::size_t threads() const;

  /// What a store lacks of an image, as the store is now.
  Lacking lacking(store::Store& store, const Groups& groups) const;
  /// The same of some images.
  ImageWork image_work(store::Store& store, const std::vector<data::ImageFile>& images, const Groups& groups,
                       const std::string& role) const;
  /// Looks the images over, before any network is loaded. Throws InputError that lists the bad ones, unless
  /// they may be skipped.
  void check_images(const ImageWork& work);
  /// Encodes the images: decoded once, through each network whose group lacks them. Returns the bad ones that
  /// were skipped.
  std::vector<pipeline::BadImage> encode_images(store::Store& store, const ImageWork& work);
  /// Encodes the texts that a store lacks, of those that `for_each_text` calls its argument with.
  void encode_texts(store::Store& store, const EachText& for_each_text);
  /// The same where the texts of the store are known; they are taken down there.
  void encode_texts(store::Store& store, store::TextTable& known, const EachText& for_each_text);

  /// Whether it says how far it is; at first it does.
  void show_progress(bool shown) { shows_progress_ = shown; }

  /// Frees the networks' memory; they are loaded again if need be.
  void release_networks();

  std::map<std::string, double> stages() const { return clock_.seconds(); }
  std::size_t images_encoded() const { return images_encoded_; }
  double encoding_seconds() const { return encoding_seconds_; }

 private:
  const models::Archive* own_or_inception(const std::string& stem) const;
  /// A network on each device, by the archive's stem and the device.
  template <typename Network>
  using OnDevices = std::map<std::pair<std::string, std::string>, std::unique_ptr<Network>>;
  models::ImageTextEncoder& clip_network(c10::Device device);
  models::Classifier& classifier(const models::Archive& archive, c10::Device device);
  models::Detector& detector(c10::Device device);
  models::Counter& counter(c10::Device device);
  template <typename Network, typename Load>
  Network& loaded(OnDevices<Network>& networks, const models::Archive& archive, c10::Device device,
                  Load load);

  /// The texts to encode; those whose tokens another text has go to the store at once.
  pipeline::TokenizedTexts lacking_texts(store::Store& store, store::TextTable& known,
                                         const EachText& for_each_text) const;
  const std::vector<c10::Device>& devices();
  std::vector<c10::Device> lanes();
  models::Precision precision();
  pipeline::Monitor monitor();
  std::vector<pipeline::Branch> branches(const Groups& groups, const store::Store& store);
  pipeline::Branch classifier_branch(const std::string& group, const models::Archive& archive);
  pipeline::Branch clip_branch();
  pipeline::Branch count_branch();
  pipeline::Branch object_branch(const Groups& groups);
  pipeline::Branch crop_branch(const store::Store& store);
  pipeline::CropEncoder crop_encoder(c10::Device device);
  std::function<void()> on_all_devices(std::function<void(c10::Device)> load);
  pipeline::EncodeOptions encode_options(const std::string& role);

  EngineOptions options_;
  World world_;
  std::filesystem::path folder_;
  std::map<std::string, models::Archive> archives_;
  std::optional<std::string> recalled_precision_;
  std::vector<c10::Device> devices_;  // when first asked for
  std::mutex loading_;
  OnDevices<models::ImageTextEncoder> clip_networks_;
  OnDevices<models::Classifier> classifiers_;
  OnDevices<models::Detector> detectors_;
  OnDevices<models::Counter> counters_;
  std::mutex using_store_;  // while lanes read detections that an earlier run found
  pipeline::StageClock clock_;
  std::size_t images_encoded_ = 0;
  double encoding_seconds_ = 0;
  bool shows_progress_ = true;
};

}  // namespace tise::cli
