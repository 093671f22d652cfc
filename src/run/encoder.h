#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "devices.h"
#include "lacking.h"
#include "run_store.h"
#include "tise/models/models.h"
#include "tise/pipeline/branch.h"
#include "tise/pipeline/encode_images.h"
#include "tise/pipeline/encode_texts.h"
#include "tise/pipeline/monitor.h"
#include "tise/run/plan.h"

namespace tise::run {

/// Calls its argument with one text after another.
using EachText = std::function<void(const std::function<void(const std::string&)>&)>;

/// Fills stores. Holds the devices and the networks of a run; networks are loaded when first used.
class Encoder {
 public:
  /// Keeps a reference to the listener.
  Encoder(const Encoding& encoding, Devices devices, Listener& listener);

  const Devices& devices() const { return devices_; }
  Listener& listener() const { return listener_; }
  bool skips_bad_images() const { return on_bad_image_ == pipeline::OnBadImage::kSkip; }

  /// Checks the images before any network is loaded. Throws InputError that lists the bad ones, unless they
  /// may be skipped.
  void check_images(const ImageWork& work);
  /// Decodes each image once and runs it through each network whose group is missing it. Returns the bad
  /// images that were skipped.
  std::vector<pipeline::BadImage> encode_images(RunStore& store, const ImageWork& work);
  /// Encodes those texts of `for_each_text` that are missing from the group, and adds them to `known`.
  void encode_texts(RunStore& store, const Group& group, store::TextTable& known,
                    const EachText& for_each_text);

  /// Whether progress is reported; it is by default.
  void show_progress(bool shown) { shows_progress_ = shown; }

  /// Frees the networks' memory. They are loaded again when needed.
  void release_networks();

  std::map<std::string, double> stages() const { return clock_.seconds(); }
  /// Rate over the images that were encoded; 0 if there were none.
  double images_per_second() const;

 private:
  models::Network& network(const models::Archive& archive, c10::Device device);
  pipeline::Model model(const models::Archive& archive);

  /// The texts that must be encoded. Texts with the same tokens as a known one go straight to the store.
  pipeline::TokenizedTexts lacking_texts(RunStore& store, const Group& group, store::TextTable& known,
                                         const EachText& for_each_text) const;
  pipeline::Monitor monitor();
  std::vector<pipeline::Branch> branches(const GroupTable& groups, RunStore& store);
  pipeline::EncodeOptions encode_options(const std::string& role) const;

  pipeline::OnBadImage on_bad_image_;
  image::Opening opening_;
  Devices devices_;
  Listener& listener_;
  std::mutex loading_;
  /// By the archive's path and the device.
  std::map<std::pair<std::string, std::string>, std::unique_ptr<models::Network>> networks_;
  std::mutex using_store_;  // lanes may read detections of an earlier run at the same time
  pipeline::StageClock clock_;
  std::size_t images_encoded_ = 0;
  double encoding_seconds_ = 0;
  bool shows_progress_ = true;
};

}  // namespace tise::run
