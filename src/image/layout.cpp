#include "layout.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "paste.h"
#include "tise/base/concat.h"

namespace tise::image {
namespace {

/// A size that may be larger than any image, since only what is cropped from it is computed.
struct Extent {
  std::int64_t width = 0;
  std::int64_t height = 0;

  std::int64_t shorter() const { return std::min(width, height); }
  std::int64_t longer() const { return std::max(width, height); }
  bool holds(const Extent& other) const { return other.width <= width && other.height <= height; }
  /// Same orientation, with these lengths of the shorter and the longer side.
  Extent scaled(std::int64_t shorter, std::int64_t longer) const {
    return width <= height ? Extent{shorter, longer} : Extent{longer, shorter};
  }
  friend bool operator==(const Extent&, const Extent&) = default;
};

[[noreturn]] void refuse(const Extent& extent, std::string_view whose, const std::string& why) {
  throw DecodeError(concat(extent.width, " x ", extent.height, " pixels, ", why, " (", whose, ")"));
}

/// The image's size after a step.
Extent extent_after(const Extent& before, const Step& step) {
  switch (step.kind) {
    case Step::Kind::kSquare:
      return {before.shorter(), before.shorter()};
    case Step::Kind::kResizeShorter:
      return before.scaled(step.width, std::int64_t{step.width} * before.longer() / before.shorter());
    case Step::Kind::kResizeLonger: {
      const double scale = static_cast<double>(step.width) / static_cast<double>(before.longer());
      const double shorter = std::nearbyint(static_cast<double>(before.shorter()) * scale);
      return before.scaled(std::max(static_cast<std::int64_t>(shorter), std::int64_t{1}), step.width);
    }
    case Step::Kind::kCrop:
    case Step::Kind::kPad:
    case Step::Kind::kResize:
      break;
  }
  return {step.width, step.height};
}

int centered(std::int64_t size, std::int64_t count, Half how) {
  const std::int64_t margin = size - count;
  const std::int64_t half = margin / 2;
  const bool rounds_up = how == Half::kToEven && margin % 2 == 1 && half % 2 == 1;
  return static_cast<int>(half + (rounds_up ? 1 : 0));
}

class Layout {
 public:
  Layout(PictureSize size, const Steps& steps, std::string_view whose)
      : extent_{size.width, size.height}, whose_(whose) {
    for (const Step& step : steps) add(step);
  }

  std::vector<Laid> take() {
    check_resized();
    return std::move(laid_);
  }
  PictureSize size() const {
    check_resized();
    return narrow(extent_);
  }

 private:
  void add(const Step& step) {
    const Extent after = extent_after(extent_, step);
    if (after == extent_) return;
    if (step.resizes()) {
      resize(step, after);
    } else if (step.crops()) {
      crop(step, after);
    } else {
      pad(step, after);
    }
    extent_ = after;
  }

  void resize(const Step& step, const Extent& after) {
    check_resized();
    before_ = extent_;
    step_ = step;
    if (after.longer() > std::numeric_limits<int>::max())
      refuse(extent_, whose_, "too elongated for " + to_string(Steps{step}));
    const auto whole = [](std::int64_t size) {
      return Span{static_cast<int>(size), 0, static_cast<int>(size)};
    };
    laid_.emplace_back(Resized{step.filter, whole(after.width), whole(after.height)});
  }

  void crop(const Step& step, const Extent& after) {
    if (!extent_.holds(after)) refuse(extent_, whose_, "too small for " + to_string(Steps{step}));
    const Frame frame{centered(extent_.width, after.width, step.half),
                      centered(extent_.height, after.height, step.half), narrow(after)};
    if (auto* resized = laid_.empty() ? nullptr : std::get_if<Resized>(&laid_.back())) {
      narrow(resized->columns, frame.left, frame.size.width);
      narrow(resized->rows, frame.top, frame.size.height);
    } else {
      laid_.emplace_back(Cut{frame});
    }
  }

  void pad(const Step& step, const Extent& after) {
    check_resized();
    if (!after.holds(extent_)) refuse(extent_, whose_, "too large for " + to_string(Steps{step}));
    const Frame frame{static_cast<int>((after.width - extent_.width) / 2),
                      static_cast<int>((after.height - extent_.height) / 2), narrow(after)};
    laid_.emplace_back(Padded{frame, step.value});
  }

  /// Refuses a resize that would make too many pixels. To be called when no crop can follow any more.
  void check_resized() const {
    const auto* resized = laid_.empty() ? nullptr : std::get_if<Resized>(&laid_.back());
    if (resized == nullptr) return;
    // Torch's and TensorFlow's filters compute the full size, the others only what a crop leaves.
    const bool is_whole = !gives_bytes(resized->filter) && resized->filter != Filter::kPillowFloatBicubic;
    const std::int64_t width = is_whole ? resized->columns.size : resized->columns.count;
    const std::int64_t height = is_whole ? resized->rows.size : resized->rows.count;
    if (width * height > kMaxPixels)
      refuse(before_, whose_,
             concat("which ", to_string(Steps{step_}), " would enlarge to ", width, " x ", height,
                    ", more than ", kMaxPixels, " pixels"));
  }

  static PictureSize narrow(const Extent& extent) {
    return {static_cast<int>(extent.width), static_cast<int>(extent.height)};
  }
  static void narrow(Span& span, int first, int count) {
    span.first += first;
    span.count = count;
  }

  Extent extent_;
  std::string_view whose_;
  Extent before_;  // before the last resize
  Step step_;      // the last resize
  std::vector<Laid> laid_;
};

Pixels done(const Pixels& pixels, const Resized& step) {
  return {step.columns.count, step.rows.count, resample(pixels, step.filter, step.columns, step.rows)};
}

Pixels done(const Pixels& pixels, const Cut& step) {
  Pixels part = canvas(step.size.width, step.size.height, 0);
  paste(pixels, step.left, step.top, part, 0, 0);
  return part;
}

Pixels done(const Pixels& pixels, const Padded& step) {
  Pixels whole = canvas(step.size.width, step.size.height, step.value);
  paste(pixels, 0, 0, whole, step.left, step.top);
  return whole;
}

}  // namespace

std::vector<Laid> lay_out(PictureSize size, const Steps& steps, std::string_view whose) {
  return Layout(size, steps, whose).take();
}

PictureSize size_after(PictureSize size, const Steps& steps) { return Layout(size, steps, "steps").size(); }

Pixels taken(const Pixels& pixels, const Laid& step) {
  return std::visit([&](const auto& known) { return done(pixels, known); }, step);
}

}  // namespace tise::image
