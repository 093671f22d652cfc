#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archives.h"
#include "lacking.h"
#include "plan.h"
#include "tise/cli/console.h"
#include "tise/cli/interrupt.h"
#include "tise/cli/options.h"
#include "tise/data/images.h"
#include "tise/models/models.h"
#include "tise/pipeline/encode_images.h"
#include "tise/pipeline/encode_texts.h"
#include "tise/pipeline/monitor.h"
#include "tise/pipeline/objects.h"

namespace tise::cli {

/// Calls its argument with one text after another.
using EachText = std::function<void(const std::function<void(const std::string&)>&)>;

/// The outside world of a command: what it says, and how it is stopped.
struct World {
  Console& console;
  InterruptGuard& interrupt;
};

/// The networks of a run, loaded when first asked for.
class Engine {
 public:
  Engine(EngineOptions options, World world);

  Archives& archives() { return archives_; }
  const Archives& archives() const { return archives_; }
  /// Rows are there already, of these archives and in this precision: there are no networks to load then.
  /// Throws ModelError if a card can't be read.
  void recall(const nlohmann::ordered_json& archives, const std::string& precision);

  /// `cpu`, `cuda:0`, `cuda:0,cuda:1`.
  std::string device_name();
  /// The first of them.
  c10::Device device() { return devices().front(); }
  /// `fp32`, `bf16` or `fp16`. Throws UsageError, ModelError.
  std::string precision_name();
  /// What rows of these groups are made with.
  store::Provenance provenance(const GroupTable& groups);

  std::size_t batch_size();
  std::size_t threads() const;
  InterruptGuard& interrupt() { return world_.interrupt; }

  /// What a store lacks of some images.
  ImageWork image_work(RunStore& store, const std::vector<data::ImageFile>& images, const GroupTable& groups,
                       const std::string& role) const;
  /// Looks the images over, before any network is loaded. Throws InputError that lists the bad ones, unless
  /// they may be skipped.
  void check_images(const ImageWork& work);
  /// Encodes the images: decoded once, through each network whose group lacks them. Returns the bad ones that
  /// were skipped.
  std::vector<pipeline::BadImage> encode_images(RunStore& store, const ImageWork& work);
  /// Encodes the texts that a group lacks, of those that `for_each_text` calls its argument with, and takes
  /// them down among the group's known ones.
  void encode_texts(RunStore& store, const Group& group, store::TextTable& known,
                    const EachText& for_each_text);

  /// Whether it says how far it is; at first it does.
  void show_progress(bool shown) { shows_progress_ = shown; }

  /// Frees the networks' memory; they are loaded again if need be.
  void release_networks();

  std::map<std::string, double> stages() const { return clock_.seconds(); }
  /// Of the images that were encoded; 0 if none was.
  double images_per_second() const;

 private:
  models::Network& network(const models::Archive& archive, c10::Device device);
  pipeline::Model model(const models::Archive& archive);

  /// The texts to encode; those whose tokens another text has go to the store at once.
  pipeline::TokenizedTexts lacking_texts(RunStore& store, const Group& group, store::TextTable& known,
                                         const EachText& for_each_text) const;
  const std::vector<c10::Device>& devices();
  std::vector<c10::Device> lanes();
  models::Precision precision();
  pipeline::Monitor monitor();
  std::vector<pipeline::Branch> branches(const GroupTable& groups, RunStore& store);
  pipeline::EncodeOptions encode_options(const std::string& role);

  EngineOptions options_;
  World world_;
  Archives archives_;
  std::optional<std::string> recalled_precision_;
  std::vector<c10::Device> devices_;  // when first asked for
  std::mutex loading_;
  /// By the archive's path and the device.
  std::map<std::pair<std::string, std::string>, std::unique_ptr<models::Network>> networks_;
  std::mutex using_store_;  // while lanes read detections that an earlier run found
  pipeline::StageClock clock_;
  std::size_t images_encoded_ = 0;
  double encoding_seconds_ = 0;
  bool shows_progress_ = true;
};

}  // namespace tise::cli
