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

/// Fills stores: the networks of a run, loaded when first asked for, and what they run on.
class Encoder {
 public:
  /// Keeps the listener.
  Encoder(const Encoding& encoding, Devices devices, Listener& listener);

  const Devices& devices() const { return devices_; }
  Listener& listener() const { return listener_; }
  bool skips_bad_images() const { return on_bad_image_ == pipeline::OnBadImage::kSkip; }

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
  std::mutex using_store_;  // while lanes read detections that an earlier run found
  pipeline::StageClock clock_;
  std::size_t images_encoded_ = 0;
  double encoding_seconds_ = 0;
  bool shows_progress_ = true;
};

}  // namespace tise::run
