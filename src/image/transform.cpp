#include "tise/image/transform.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

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
    throw std::invalid_argument(concat("\"", whole, "\" is no step; the steps are ", joined(names),
                                       did_you_mean(std::string(name), names)));
  }
  const auto refuse = [&] {
    throw std::invalid_argument(
        concat("\"", whole, "\" is not ", form->written, ", N, W and H from 1 to ", kLargestSide));
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

[[noreturn]] void misfit(const Pixels& pixels, const Step& step) {
  throw DecodeError(concat(pixels.width, " x ", pixels.height, " pixels, which is too ",
                           step.kind == Step::Kind::kPad ? "large" : "small", " for ", to_string(step),
                           " (--transform)"));
}

/// Copies a rectangle from one picture's place into another's.
void copy_rows(const Pixels& from, int from_x, int from_y, Pixels& to, int to_x, int to_y, int width,
               int height) {
  for (int y = 0; y < height; ++y) {
    const auto place = [&](const Pixels& of, int left, int top) {
      return 3 * (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(of.width) +
                  static_cast<std::size_t>(left));
    };
    std::memcpy(&to.rgb[place(to, to_x, to_y)], &from.rgb[place(from, from_x, from_y)],
                3 * static_cast<std::size_t>(width));
  }
}

Pixels canvas(int width, int height, int value) {
  return {width, height,
          std::vector<std::uint8_t>(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
                                    static_cast<std::uint8_t>(value))};
}

Pixels cropped(Pixels pixels, int width, int height, const Step& step) {
  if (pixels.width < width || pixels.height < height) misfit(pixels, step);
  if (pixels.width == width && pixels.height == height) return pixels;
  Pixels part = canvas(width, height, 0);
  copy_rows(pixels, centered(pixels.width, width), centered(pixels.height, height), part, 0, 0, width,
            height);
  return part;
}

Pixels padded(Pixels pixels, const Step& step) {
  if (pixels.width > step.width || pixels.height > step.height) misfit(pixels, step);
  Pixels whole = canvas(step.width, step.height, step.value);
  copy_rows(pixels, 0, 0, whole, (step.width - pixels.width) / 2, (step.height - pixels.height) / 2,
            pixels.width, pixels.height);
  return whole;
}

Pixels resized(Pixels pixels, int width, int height, const Step& step) {
  if (width < 1 || height < 1) misfit(pixels, step);
  if (static_cast<std::int64_t>(width) * height > kMaxPixels) {
    throw DecodeError(concat(pixels.width, " x ", pixels.height, " pixels, which ", to_string(step),
                             " would make ", width, " x ", height, " (--transform)"));
  }
  if (pixels.width == width && pixels.height == height) return pixels;
  return {width, height, resample(pixels, step.filter, {width, 0, width}, {height, 0, height})};
}

Pixels resized_by_side(Pixels pixels, const Step& step) {
  const bool upright = pixels.width <= pixels.height;
  if (step.kind == Step::Kind::kResizeShorter) {
    const int longer =
        longer_side(step.width, std::max(pixels.width, pixels.height), std::min(pixels.width, pixels.height));
    return resized(std::move(pixels), upright ? step.width : longer, upright ? longer : step.width, step);
  }
  const double scale = static_cast<double>(step.width) / std::max(pixels.width, pixels.height);
  const int shorter =
      std::max(static_cast<int>(std::nearbyint(std::min(pixels.width, pixels.height) * scale)), 1);
  return resized(std::move(pixels), upright ? shorter : step.width, upright ? step.width : shorter, step);
}

Pixels taken(Pixels pixels, const Step& step) {
  switch (step.kind) {
    case Step::Kind::kSquare: {
      const int side = std::min(pixels.width, pixels.height);
      return cropped(std::move(pixels), side, side, step);
    }
    case Step::Kind::kCrop:
      return cropped(std::move(pixels), step.width, step.height, step);
    case Step::Kind::kResize:
      return resized(std::move(pixels), step.width, step.height, step);
    case Step::Kind::kResizeShorter:
    case Step::Kind::kResizeLonger:
      return resized_by_side(std::move(pixels), step);
    case Step::Kind::kPad:
      return padded(std::move(pixels), step);
  }
  throw std::invalid_argument("a step of no kind");
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

Pixels transformed(Pixels pixels, const Transform& transform) {
  for (const Step& step : transform) pixels = taken(std::move(pixels), step);
  return pixels;
}

}  // namespace tise::image
