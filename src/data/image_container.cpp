#include "image_container.h"

#include <tuple>
#include <utility>

#include "tise/base/error.h"
#include "tise/base/files.h"

namespace tise::data {
namespace {

/// At most this many passed entries are kept for threads that are a little behind.
constexpr std::size_t kKept = 256;
constexpr std::size_t kKeptBytes = std::size_t{256} << 20U;

}  // namespace

ImageContainer::ImageContainer(std::filesystem::path path, std::string role, std::string shown)
    : path_(std::move(path)), role_(std::move(role)), shown_(std::move(shown)), state_(state_of(path_)) {}

ImageContainer::~ImageContainer() = default;

void ImageContainer::fail(const std::string& why) const {
  throw InputError(role_ + " " + shown_ + ": " + why);
}

void ImageContainer::check_readable() const { tise::check_readable(path_, role_); }

void ImageContainer::check_unchanged() const {
  const auto now = state_of(path_);
  if (!now || !state_) return;  // opening it reports why
  const auto content = [](const FileState& state) {
    return std::tuple(state.inode, state.size, state.modified_ns);
  };
  if (content(*now) != content(*state_))
    fail("has changed since its entries were listed; run the same command again");
}

std::vector<std::uint8_t> ImageContainer::read(std::size_t place, std::size_t most) const {
  const std::lock_guard lock(reading_);
  const auto found = passed_.find(place);
  if (found != passed_.end()) {
    std::vector<std::uint8_t> bytes = std::move(found->second);
    passed_bytes_ -= bytes.size();
    passed_.erase(found);
    return bytes;
  }
  try {
    if (!reader_ || next_ > place) {
      reader_.reset();
      check_unchanged();
      reader_ = open();
      next_ = 0;
    }
    for (;;) {
      const std::size_t here = next_++;
      if (!reader_->next()) fail("has changed since its entries were listed; run the same command again");
      if (here == place) return reader_->content(most);
      if (place - here <= kKept && reader_->may_be_wanted()) keep(here, reader_->content(kSmallEntry));
    }
  } catch (...) {
    reader_.reset();  // it may be in the middle of an entry
    throw;
  }
}

void ImageContainer::keep(std::size_t place, std::vector<std::uint8_t> bytes) const {
  passed_bytes_ += bytes.size();
  passed_[place] = std::move(bytes);
  while (passed_.size() > kKept || passed_bytes_ > kKeptBytes) {
    passed_bytes_ -= passed_.begin()->second.size();
    passed_.erase(passed_.begin());
  }
}

}  // namespace tise::data
