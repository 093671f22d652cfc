#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "resample.h"
#include "tise/image/steps.h"

namespace tise::image {

/// A resize, of which only the spans are computed.
struct Resized {
  Filter filter = Filter::kPillowBicubic;
  Span columns;
  Span rows;
};

/// A part of a picture, or the place of a picture on a larger canvas.
struct Frame {
  int left = 0;
  int top = 0;
  PictureSize size;
};
struct Cut : Frame {};
struct Padded : Frame {
  int value = 0;
};

/// What a step does to a picture of a known size.
using Laid = std::variant<Resized, Cut, Padded>;

/// The steps with a picture of this size, without those that do nothing. A crop is taken into the resize
/// before it. Throws DecodeError, which names `whose` steps these are, if one of them can't be taken.
std::vector<Laid> lay_out(PictureSize size, const Steps& steps, std::string_view whose);

/// The size of a picture of this one after the steps. Throws DecodeError likewise.
PictureSize size_after(PictureSize size, const Steps& steps);

/// A picture of bytes after a step of bytes.
Pixels taken(const Pixels& pixels, const Laid& step);

}  // namespace tise::image
