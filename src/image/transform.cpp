#include "tise/image/transform.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "paste.h"
#include "resample.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"

namespace tise::image {
namespace {

constexpr int kLargestSide = 16'384;
constexpr int kLargestByte = 255;

constexpr std::array kFilters{std::pair<std::string_view, Filter>{"box", Filter::kBox},
                              std::pair<std::string_view, Filter>{"bilinear", Filter::kBilinear},
                              std::pair<std::string_view, Filter>{"bicubic", Filter::kBicubic},
                              std::pair<std::string_view, Filter>{"lanczos", Filter::kLanczos}};

/// How a step is written.
struct Form {
  std::string_view name;
  Step::Kind kind;
  enum class Takes { kNothing, kSide, kBox } takes;
  std::string_view written;
};

constexpr std::array kForms{
    Form{"square", Step::Kind::kSquare, Form::Takes::kNothing, "square"},
    Form{"crop", Step::Kind::kCrop, Form::Takes::kBox, "crop=N or crop=WxH"},
    Form{"resize", Step::Kind::kResizeShorter, Form::Takes::kSide, "resize=N:FILTER or resize=WxH:FILTER"},
    Form{"resize", Step::Kind::kResize, Form::Takes::kBox, "resize=N:FILTER or resize=WxH:FILTER"},
    Form{"resize-longer", Step::Kind::kResizeLonger, Form::Takes::kSide, "resize-longer=N:FILTER"},
    Form{"pad", Step::Kind::kPad, Form::Takes::kBox, "pad=N:VALUE or pad=WxH:VALUE"}};

bool resizes(Step::Kind kind) {
  return kind == Step::Kind::kResize || kind == Step::Kind::kResizeShorter ||
         kind == Step::Kind::kResizeLonger;
}

const Form& form_of(Step::Kind kind) { return *std::ranges::find(kForms, kind, &Form::kind); }

std::optional<int> number_in(std::string_view text, int low, int high) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < low || number > high)
    return std::nullopt;
  return number;
}

std::string known_filters() {
  std::vector<std::string> names;
  for (const auto& [name, filter] : kFilters) names.emplace_back(name);
  return joined(names);
}

Filter filter_in(std::string_view text, const std::string& step) {
  if (text.starts_with("pillow-")) text.remove_prefix(std::string_view("pillow-").size());
  for (const auto& [name, filter] : kFilters) {
    if (name == text) return filter;
  }
  throw std::invalid_argument(concat("\"", step, "\": needs a filter, one of ", known_filters(), ", such as ",
                                     step.substr(0, step.find(':')), ":lanczos"));
}

Step step_in(std::string_view text) {
  const std::string whole(text);
  const std::string_view name = text.substr(0, text.find('='));
  const auto form = std::ranges::find(kForms, name, &Form::name);
  if (form == kForms.end()) {
    std::vector<std::string> names;
    for (const Form& one : kForms) {
      if (names.empty() || names.back() != one.name) names.emplace_back(one.name);
    }
    throw std::invalid_argument(concat("\"", whole, "\": no such step; the steps are ", joined(names),
                                       did_you_mean(std::string(name), names)));
  }
  const auto refuse = [&] {
    const bool has_sizes = form->takes != Form::Takes::kNothing;
    throw std::invalid_argument(
        concat("\"", whole, "\": expected ", form->written,
               has_sizes ? concat(", with N, W and H from 1 to ", kLargestSide) : ""));
  };
  Step step{.kind = form->kind};
  std::string_view rest = text.substr(name.size());
  if (form->takes == Form::Takes::kNothing) {
    if (!rest.empty()) refuse();
    return step;
  }
  if (rest.empty()) refuse();
  rest.remove_prefix(1);
  const std::string_view size = rest.substr(0, rest.find(':'));
  const std::string_view detail = rest.substr(std::min(size.size() + 1, rest.size()));
  const std::size_t cross = size.find('x');
  const auto width = number_in(size.substr(0, cross), 1, kLargestSide);
  const auto height =
      cross == std::string_view::npos ? width : number_in(size.substr(cross + 1), 1, kLargestSide);
  if (!width || !height) refuse();
  if (cross != std::string_view::npos && form->takes == Form::Takes::kSide) {
    if (name != "resize") refuse();
    step.kind = Step::Kind::kResize;
  }
  step.width = *width;
  step.height = *height;
  if (resizes(step.kind)) {
    step.filter = filter_in(detail, whole);
  } else if (step.kind == Step::Kind::kPad && rest.find(':') != std::string_view::npos) {
    const auto value = number_in(detail, 0, kLargestByte);
    if (!value) throw std::invalid_argument(concat("\"", whole, "\": a grey value from 0 to 255 is needed"));
    step.value = *value;
  } else if (rest.size() != size.size()) {
    refuse();
  }
  return step;
}

std::string to_string(const Step& step) {
  const Form& form = form_of(step.kind);
  std::string text(form.name);
  if (form.takes == Form::Takes::kNothing) return text;
  text += concat("=", step.width);
  if (form.takes == Form::Takes::kBox) text += concat("x", step.height);
  if (resizes(step.kind)) {
    text += concat(
        ":", std::ranges::find(kFilters, step.filter, [](const auto& one) { return one.second; })->first);
  }
  if (step.kind == Step::Kind::kPad) text += concat(":", step.value);
  return text;
}

struct Extent {
  int width = 0;
  int height = 0;

  int shorter() const { return std::min(width, height); }
  int longer() const { return std::max(width, height); }
  bool holds(const Extent& other) const { return other.width <= width && other.height <= height; }
  /// With the shorter side and the longer one of these lengths.
  Extent scaled(int shorter, int longer) const {
    return width <= height ? Extent{shorter, longer} : Extent{longer, shorter};
  }
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// Of the picture after a step. Throws DecodeError if the step can't take it.
Extent extent_after(const Extent& before, const Step& step) {
  const Extent box{step.width, step.height};
  const auto refuse = [&](const std::string& why) {
    throw DecodeError(concat(before.width, " x ", before.height, " pixels, which ", why, " (--transform)"));
  };
  Extent after = box;
  switch (step.kind) {
    case Step::Kind::kSquare:
      return {before.shorter(), before.shorter()};
    case Step::Kind::kCrop:
      if (!before.holds(box)) refuse("is too small for " + to_string(step));
      return box;
    case Step::Kind::kPad:
      if (!box.holds(before)) refuse("is too large for " + to_string(step));
      return box;
    case Step::Kind::kResize:
      break;
    case Step::Kind::kResizeShorter:
      if (static_cast<std::int64_t>(step.width) * before.longer() > kMaxPixels * before.shorter())
        refuse("is too thin for " + to_string(step));
      after = before.scaled(step.width, longer_side(step.width, before.longer(), before.shorter()));
      break;
    case Step::Kind::kResizeLonger: {
      const double scale = static_cast<double>(step.width) / before.longer();
      const int shorter = static_cast<int>(std::nearbyint(before.shorter() * scale));
      after = before.scaled(std::max(shorter, 1), step.width);
      break;
    }
  }
  if (static_cast<std::int64_t>(after.width) * after.height > kMaxPixels)
    refuse(concat(to_string(step), " would make ", after.width, " x ", after.height));
  return after;
}

Pixels taken(Pixels pixels, const Step& step) {
  const Extent before{pixels.width, pixels.height};
  const Extent after = extent_after(before, step);
  if (after == before) return pixels;
  if (resizes(step.kind))
    return {after.width, after.height,
            resample(pixels, step.filter, {after.width, 0, after.width}, {after.height, 0, after.height})};
  Pixels result = canvas(after.width, after.height, step.value);
  if (step.kind == Step::Kind::kPad) {
    paste(pixels, 0, 0, result, (after.width - before.width) / 2, (after.height - before.height) / 2);
  } else {
    paste(pixels, centered(before.width, after.width), centered(before.height, after.height), result, 0, 0);
  }
  return result;
}

}  // namespace

Transform parse_transform(std::string_view text) {
  Transform transform;
  while (!text.empty()) {
    const std::string_view step = text.substr(0, text.find(','));
    transform.push_back(step_in(step));
    text.remove_prefix(step.size());
    if (text.size() == 1) throw std::invalid_argument("a comma with no step after it");
    if (!text.empty()) text.remove_prefix(1);
  }
  return transform;
}

std::string to_string(const Transform& transform) {
  std::string text;
  for (const Step& step : transform) text += concat(text.empty() ? "" : ",", to_string(step));
  return text;
}

void check_fits(int width, int height, const Transform& transform) {
  Extent extent{width, height};
  for (const Step& step : transform) extent = extent_after(extent, step);
}

Pixels transformed(Pixels pixels, const Transform& transform) {
  for (const Step& step : transform) pixels = taken(std::move(pixels), step);
  return pixels;
}

}  // namespace tise::image
