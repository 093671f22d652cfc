#include "tise/image/steps.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <utility>

#include "layout.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"

namespace tise::image {
namespace {

constexpr int kLargestByte = 255;
constexpr std::string_view kPillow = "pillow-";
constexpr std::string_view kFloor = "floor";
constexpr std::string_view kTransformFlag = "--transform";

constexpr std::array kFilters{
    std::pair<std::string_view, Filter>{"pillow-box", Filter::kPillowBox},
    std::pair<std::string_view, Filter>{"pillow-bilinear", Filter::kPillowBilinear},
    std::pair<std::string_view, Filter>{"pillow-bicubic", Filter::kPillowBicubic},
    std::pair<std::string_view, Filter>{"pillow-lanczos", Filter::kPillowLanczos},
    std::pair<std::string_view, Filter>{"pillow-float-bicubic", Filter::kPillowFloatBicubic},
    std::pair<std::string_view, Filter>{"torch-bilinear", Filter::kTorchBilinear},
    std::pair<std::string_view, Filter>{"torch-bicubic", Filter::kTorchBicubic},
    std::pair<std::string_view, Filter>{"torch-bicubic-antialias", Filter::kTorchBicubicAntialias},
    std::pair<std::string_view, Filter>{"tf1-bilinear", Filter::kTf1Bilinear}};

/// The syntax of a step.
struct Form {
  std::string_view name;
  Step::Kind kind;
  enum class Takes { kNothing, kSide, kBox } takes;
  std::string_view written;
};

constexpr std::array kForms{
    Form{"square", Step::Kind::kSquare, Form::Takes::kNothing, "square or square:floor"},
    Form{"crop", Step::Kind::kCrop, Form::Takes::kBox, "crop=N or crop=WxH, optionally with :floor"},
    Form{"resize", Step::Kind::kResizeShorter, Form::Takes::kSide, "resize=N:FILTER or resize=WxH:FILTER"},
    Form{"resize", Step::Kind::kResize, Form::Takes::kBox, "resize=N:FILTER or resize=WxH:FILTER"},
    Form{"resize-longer", Step::Kind::kResizeLonger, Form::Takes::kSide, "resize-longer=N:FILTER"},
    Form{"pad", Step::Kind::kPad, Form::Takes::kBox, "pad=N:VALUE or pad=WxH:VALUE"}};

const Form& form_of(Step::Kind kind) { return *std::ranges::find(kForms, kind, &Form::kind); }

std::optional<int> number_in(std::string_view text, int low, int high) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < low || number > high)
    return std::nullopt;
  return number;
}

/// The filters that return bytes, without `pillow-`.
std::vector<std::string_view> byte_filters() {
  std::vector<std::string_view> names;
  for (const auto& [name, filter] : kFilters) {
    if (gives_bytes(filter)) names.push_back(name.substr(kPillow.size()));
  }
  return names;
}

Filter byte_filter_in(std::string_view text, const std::string& step) {
  for (const auto& [name, filter] : kFilters) {
    if (gives_bytes(filter) && (name == text || name.substr(kPillow.size()) == text)) return filter;
  }
  throw std::invalid_argument(concat("\"", step, "\": needs a filter (", joined(byte_filters()),
                                     "), for example ", step.substr(0, step.find(':')), ":lanczos"));
}

Step step_in(std::string_view text) {
  const std::string whole(text);
  const std::string_view name = text.substr(0, text.find_first_of("=:"));
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
    if (rest.starts_with(':') && rest.substr(1) == kFloor) {
      step.half = Half::kDown;
    } else if (!rest.empty()) {
      refuse();
    }
    return step;
  }
  if (!rest.starts_with('=')) refuse();
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
  if (step.resizes()) {
    step.filter = byte_filter_in(detail, whole);
  } else if (step.crops() && detail == kFloor) {
    step.half = Half::kDown;
  } else if (step.kind == Step::Kind::kPad && rest.find(':') != std::string_view::npos) {
    const auto value = number_in(detail, 0, kLargestByte);
    if (!value) throw std::invalid_argument(concat("\"", whole, "\": expected a gray value from 0 to 255"));
    step.value = *value;
  } else if (rest.size() != size.size()) {
    refuse();
  }
  return step;
}

std::string to_string(const Step& step) {
  const Form& form = form_of(step.kind);
  std::string text(form.name);
  if (form.takes != Form::Takes::kNothing) text += concat("=", step.width);
  if (form.takes == Form::Takes::kBox) text += concat("x", step.height);
  if (step.resizes()) text += concat(":", to_string(step.filter));
  if (step.half == Half::kDown) text += concat(":", kFloor);
  if (step.kind == Step::Kind::kPad) text += concat(":", step.value);
  return text;
}

/// A known size, or, if the size is unknown, whether the sides are equal.
struct KnownSize {
  std::optional<PictureSize> size;
  bool is_square = false;
};

KnownSize known_after(const KnownSize& before, const Step& step) {
  if (before.size) {
    try {
      const PictureSize after = size_after(*before.size, {step});
      return {after, after.width == after.height};
    } catch (const DecodeError&) {
      return {};
    }
  }
  switch (step.kind) {
    case Step::Kind::kSquare:
      return {std::nullopt, true};
    case Step::Kind::kResizeShorter:
    case Step::Kind::kResizeLonger:
      if (!before.is_square) return {};
      return {PictureSize{step.width, step.width}, true};
    case Step::Kind::kCrop:
    case Step::Kind::kResize:
    case Step::Kind::kPad:
      break;
  }
  return {PictureSize{step.width, step.height}, step.width == step.height};
}

}  // namespace

bool Step::resizes() const {
  return kind == Kind::kResize || kind == Kind::kResizeShorter || kind == Kind::kResizeLonger;
}

bool gives_bytes(Filter filter) {
  return filter == Filter::kPillowBox || filter == Filter::kPillowBilinear ||
         filter == Filter::kPillowBicubic || filter == Filter::kPillowLanczos;
}

std::string_view to_string(Filter filter) {
  return std::ranges::find(kFilters, filter, [](const auto& one) { return one.second; })->first;
}

Filter parse_filter(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [known, filter] : kFilters) {
    if (known == name) return filter;
    names.push_back(known);
  }
  throw std::invalid_argument(concat("unknown filter \"", name, "\" (known: ", joined(names), ")"));
}

Steps parse_transform(std::string_view text) {
  Steps transform;
  while (!text.empty()) {
    const std::string_view step = text.substr(0, text.find(','));
    transform.push_back(step_in(step));
    text.remove_prefix(step.size());
    if (text.size() == 1) throw std::invalid_argument("expected a step after the last comma");
    if (!text.empty()) text.remove_prefix(1);
  }
  return transform;
}

std::string to_string(const Steps& steps) {
  std::string text;
  for (const Step& step : steps) text += concat(text.empty() ? "" : ",", to_string(step));
  return text;
}

std::optional<PictureSize> fixed_size(const Steps& steps) {
  KnownSize known;
  for (const Step& step : steps) known = known_after(known, step);
  return known.size;
}

void check_fits(int width, int height, const Steps& transform) {
  lay_out({width, height}, transform, kTransformFlag);
}

Pixels transformed(Pixels pixels, const Steps& transform) {
  for (const Laid& step : lay_out({pixels.width, pixels.height}, transform, kTransformFlag))
    pixels = taken(pixels, step);
  return pixels;
}

}  // namespace tise::image
