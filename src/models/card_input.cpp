// Reads the `input` object of a card.

#include <algorithm>
#include <array>
#include <stdexcept>

#include "card_fields.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"

namespace tise::models {
namespace {

using image::Filter;
using image::Half;
using image::Step;
using StepKind = image::Step::Kind;

constexpr int kLargestSideOfCard = 4096;
constexpr int kLargestByteOfCard = 255;

int side(const OrderedField& field) { return field.integer(1, kLargestSideOfCard); }

/// Reads a word with one of the parsers of the image library.
template <typename Parse>
auto parse_word(const OrderedField& field, Parse parse) {
  try {
    return parse(field.text());
  } catch (const std::invalid_argument& error) {
    field.fail(std::string("is unknown: ") + error.what());
  }
}

std::array<float, 3> three_channels(const OrderedField& field) {
  const std::vector<double> values = field.numbers();
  if (values.size() != 3) field.fail("has " + counted(values.size(), "number") + ", not 3");
  return {static_cast<float>(values[0]), static_cast<float>(values[1]), static_cast<float>(values[2])};
}

/// A step's verb and object, such as `"resize": "shorter"`.
struct StepForm {
  std::string_view verb;
  std::string_view object;
  StepKind kind;
};

constexpr std::array kStepForms{StepForm{"resize", "box", StepKind::kResize},
                                StepForm{"resize", "shorter", StepKind::kResizeShorter},
                                StepForm{"resize", "longer", StepKind::kResizeLonger},
                                StepForm{"crop", "center", StepKind::kCrop},
                                StepForm{"crop", "square", StepKind::kSquare},
                                StepForm{"pad", "center", StepKind::kPad}};

/// The form of a step, by its verb and object.
const StepForm& form_in(const OrderedFields& step) {
  for (const StepForm& form : kStepForms) {
    const auto field = step.find(form.verb);
    if (!field) continue;
    const std::string object = field->text();
    std::vector<std::string_view> objects;
    for (const StepForm& other : kStepForms) {
      if (other.verb != form.verb) continue;
      if (other.object == object) return other;
      objects.push_back(other.object);
    }
    field->fail(concat("is \"", object, "\", not ", joined(objects, " or ")));
  }
  step.fail("a step of \"input.steps\" has no \"resize\", \"crop\" or \"pad\"");
}

bool has_one_side(StepKind kind) {
  return kind == StepKind::kResizeShorter || kind == StepKind::kResizeLonger;
}

/// Reads `size`, or `width` and `height`.
void read_size(const OrderedFields& fields, Step& step) {
  if (has_one_side(step.kind) || fields.find("size")) {
    step.width = step.height = side(fields.at("size"));
    return;
  }
  step.width = side(fields.at("width"));
  step.height = side(fields.at("height"));
}

Half parse_half(std::string_view text) {
  if (text == "floor") return Half::kDown;
  if (text == "half-to-even") return Half::kToEven;
  throw std::invalid_argument("expected \"half-to-even\" (as torchvision rounds) or \"floor\"");
}

/// Refuses fields that a step of this form doesn't have: a misspelled field would be ignored.
void check_fields(const OrderedFields& step, const StepForm& form, const Step& read) {
  const auto belongs = [&](std::string_view name) {
    if (name == form.verb) return true;
    if (name == "size") return form.kind != StepKind::kSquare;
    if (name == "width" || name == "height")
      return form.kind != StepKind::kSquare && !has_one_side(form.kind) && !step.find("size");
    if (name == "filter") return read.resizes();
    if (name == "offset") return read.crops();
    return name == "value" && form.kind == StepKind::kPad;
  };
  for (const OrderedField& field : step.all()) {
    if (!belongs(field.name())) field.fail(concat("does not belong to a step with \"", form.verb, "\""));
  }
}

Step read_step(const OrderedFields& fields) {
  const StepForm& form = form_in(fields);
  Step step{.kind = form.kind};
  check_fields(fields, form, step);
  if (step.kind != StepKind::kSquare) read_size(fields, step);
  if (step.resizes()) step.filter = parse_word(fields.at("filter"), image::parse_filter);
  if (const auto offset = fields.find("offset"); offset && step.crops())
    step.half = parse_word(*offset, parse_half);
  if (step.kind == StepKind::kPad)
    step.value =
        fields.get("value", [](const OrderedField& field) { return field.integer(0, kLargestByteOfCard); })
            .value_or(0);
  return step;
}

image::Steps read_steps(const OrderedField& field) {
  image::Steps steps;
  for (const OrderedFields& step : field.objects()) steps.push_back(read_step(step));
  try {
    image::check_steps(steps);
  } catch (const std::invalid_argument& error) {
    field.fail(error.what());
  }
  return steps;
}

/// The steps of an older card, which has a filter and a `fit` instead.
image::Steps read_resize_and_fit(const OrderedFields& fields) {
  constexpr std::array kFits{"none", "stretch", "shortest-side-center-crop"};
  const OrderedField resize = fields.at("resize");
  const OrderedField fit = fields.at("fit");
  const std::string how = fit.text();
  if (std::ranges::find(kFits, how) == kFits.end())
    fit.fail(concat("is unknown: \"", how, "\" (known: ", joined(kFits), ")"));
  const bool resizes = resize.text() != "none";
  if (how == "none") {
    if (resizes)
      fit.fail(
          R"(is none, which ignores the filter in "resize"; set "resize" to none, or choose another fit)");
    return {};
  }
  if (!resizes) resize.fail("is none, which is allowed only if \"fit\" is none");
  Step step{
      .kind = StepKind::kResize, .width = side(fields.at("width")), .height = side(fields.at("height"))};
  step.filter = parse_word(resize, [](std::string_view name) {
    return name == "pillow-bicubic-float" ? Filter::kPillowFloatBicubic : image::parse_filter(name);
  });
  if (how == "stretch") return {step};
  if (step.width != step.height) fit.fail("is shortest-side-center-crop, which needs equal width and height");
  step.kind = StepKind::kResizeShorter;
  return {step, {.kind = StepKind::kCrop, .width = step.width, .height = step.height}};
}

}  // namespace

image::Preparation read_input(const OrderedFields& fields) {
  image::Preparation input;
  const auto steps = fields.find("steps");
  if (steps) {
    for (const std::string_view old : {"resize", "fit", "width", "height"}) {
      if (const auto field = fields.find(old))
        field->fail("is next to \"steps\", which replace it; remove one or the other");
    }
  }
  input.steps = steps ? read_steps(*steps) : read_resize_and_fit(fields);
  input.range = parse_word(fields.at("range"), image::parse_range);
  input.mean = three_channels(fields.at("mean"));
  input.std = three_channels(fields.at("std"));
  if (std::ranges::count(input.std, 0.0F) > 0) fields.at("std").fail("contains a 0");
  return input;
}

}  // namespace tise::models
