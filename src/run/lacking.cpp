#include "lacking.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/image/decode.h"

namespace tise::run {
namespace {

/// The current state of an image's file, read once for all groups.
class CurrentFile {
 public:
  explicit CurrentFile(const data::ImageFile& image) : image_(image), state_(data::state_of(image)) {}

  /// Whether the row was computed from this file: state or hash are equal. If the hash decided, updates the
  /// row's state.
  bool made(store::RowPlace& row) {
    if (!state_) return false;
    if (row.file.vouches_for(*state_)) return true;
    if (!read_) read_ = pipeline::read_identified(image_, "image", image::kMaxFileBytes).file;
    if (read_->sha256 != row.sha256) return false;
    is_known_by_hash_ = true;
    row.file = read_->state;
    return true;
  }

  /// If only the hash showed that a row was computed from this file: the file's new state, so that it needn't
  /// be read next time.
  std::optional<store::FileIdentity> known_by_hash() const {
    return is_known_by_hash_ && read_->state.changed_ns != 0 ? read_ : std::nullopt;
  }

 private:
  const data::ImageFile& image_;
  std::optional<data::FileState> state_;
  std::optional<store::FileIdentity> read_;
  bool is_known_by_hash_ = false;
};

/// A group, and the rows that a store has for it.
struct Held {
  const Group* group;
  store::RowIndex rows;
  bool takes_first_frames;

  /// Whether the image's row is missing, or its crops were made with a higher threshold.
  bool lacks(const data::ImageFile& image, CurrentFile& file) {
    const auto row = rows.find(image.name);
    return row == rows.end() || (row->second.is_animated && !takes_first_frames) ||
           (!group->parent.empty() && row->second.threshold > group->threshold) || !file.made(row->second);
  }
};

}  // namespace

Lacking lacking(RunStore& store, const GroupTable& groups, const image::Opening& opening) {
  const store::Reader rows = store.rows();
  std::vector<Held> held;
  for (const Group& group : *groups) {
    if (!group.is_of_texts) held.push_back({&group, rows.index(group.name), opening.first_frame});
  }
  return [&store, groups, held = std::move(held)](const data::ImageFile& image) mutable {
    CurrentFile file(image);
    std::vector<std::string_view> lacks;
    for (Held& of : held) {
      if (std::ranges::find(lacks, of.group->parent) == lacks.end() && of.lacks(image, file))
        lacks.push_back(of.group->name);
    }
    if (auto known = file.known_by_hash()) store.add_state(std::move(*known));
    return lacks;
  };
}

ImageWork work_on(std::span<const data::ImageFile> images, const Lacking& lacking, const GroupTable& groups,
                  const std::string& role) {
  ImageWork work{groups, role, images.size(), {}};
  for (const data::ImageFile* image : data::in_reading_order(images)) {
    std::vector<std::string_view> lacks = lacking(*image);
    if (!lacks.empty()) work.tasks.push_back({*image, std::move(lacks)});
  }
  return work;
}

ImageWork lacking_work(RunStore& store, const std::vector<data::ImageFile>& images, const GroupTable& groups,
                       const image::Opening& opening, const std::string& role) {
  ImageWork work = work_on(images, lacking(store, groups, opening), groups, role);
  if (!work.tasks.empty()) {
    store.check_writable(
        concat("rows of ", work.tasks.size(), " of ", counted(images.size(), role), " (new or changed)"));
  }
  store.flush();
  return work;
}

}  // namespace tise::run
