#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "resample.h"
#include "tise/image/steps.h"

namespace tise::image {

/// A resize; only the two spans are computed.
struct Resized {
  Filter filter = Filter::kPillowBicubic;
  Span columns;
  Span rows;
};

/// A part of an image, or the position of an image on a larger canvas.
struct Frame {
  int left = 0;
  int top = 0;
  PictureSize size;
};
struct Cut : Frame {};
struct Padded : Frame {
  int value = 0;
};

/// What a step does to an image of a known size.
using Laid = std::variant<Resized, Cut, Padded>;

/// What the steps do to an image of this size, without steps that change nothing. A crop is merged into the
/// resize before it. Throws DecodeError if a step can't be applied; the message names `whose` steps these
/// are.
std::vector<Laid> lay_out(PictureSize size, const Steps& steps, std::string_view whose);

/// The size after the steps of an image that has `size` before. Throws DecodeError if a step can't be
/// applied.
PictureSize size_after(PictureSize size, const Steps& steps);

/// Applies a step that returns bytes.
Pixels taken(const Pixels& pixels, const Laid& step);

}  // namespace tise::image
