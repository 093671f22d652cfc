// Pillow's resize (Pillow, src/libImaging/Resample.c): a separable filter, stretched over the source pixels
// that an output pixel covers, columns first, then rows. For 8 bits, the weights are fixed-point numbers and
// the image between the two passes is rounded to 8 bits. For mode F, the weights are doubles and the image
// between the passes is float.
//
// Pillow 13 resizes rows first if an image gets wider and less high. Published numbers were made with earlier
// versions, so columns always come first here. This departs from Pillow 13 by up to a few levels at the
// edges of such images.
//
// Both passes are the same operation, a weighted sum of lines of values. For the rows, the lines are those of
// the image. For the columns, a band of rows is transposed first, so that the inner loop runs over contiguous
// memory.

#include "resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <stdexcept>

#include "tise/base/vector_width.h"

namespace tise::image {
namespace {

constexpr int kChannels = 3;
constexpr int kBandRows = 16;
constexpr std::size_t kLanes = std::size_t{kChannels} * kBandRows;

/// For `resample`: 8 bits for the result and 2 for the overshoot leave 22 for the fraction.
struct FixedPoint {
  using Pixel = std::uint8_t;
  using Weight = std::int32_t;
  static constexpr int kBits = kByteResizeBits;
  static constexpr Weight kStart = 1 << (kBits - 1);
  static Weight weight(double w) {
    return static_cast<Weight>((w < 0 ? -0.5 : 0.5) + w * static_cast<double>(1 << kBits));
  }
  static Pixel pixel(Weight sum) { return static_cast<Pixel>(std::clamp(sum >> kBits, 0, 255)); }
};

/// For `resample_float`.
struct FloatingPoint {
  using Pixel = float;
  using Weight = double;
  static constexpr Weight kStart = 0;
  static Weight weight(double w) { return w; }
  static Pixel pixel(Weight sum) { return static_cast<Pixel>(sum); }
};

/// A filter function centered at 0, and how far it extends to each side.
struct Kernel {
  double support;
  double (*value)(double);
};

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double bicubic(double x) {
  constexpr double kA = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((kA + 2.0) * x - (kA + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * kA;
  return 0.0;
}

double box(double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }
double triangle(double x) { return std::max(1.0 - std::abs(x), 0.0); }
double lanczos(double x) { return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0; }

Kernel kernel_of(Filter filter) {
  switch (filter) {
    case Filter::kPillowBox:
      return {0.5, &box};
    case Filter::kPillowBilinear:
      return {1.0, &triangle};
    case Filter::kPillowBicubic:
    case Filter::kPillowFloatBicubic:
      return {2.0, &bicubic};
    case Filter::kPillowLanczos:
      return {3.0, &lanczos};
    case Filter::kTorchBilinear:
    case Filter::kTorchBicubic:
    case Filter::kTorchBicubicAntialias:
    case Filter::kTf1Bilinear:
      break;
  }
  throw std::logic_error("not a Pillow filter");
}

/// The weights of the source pixels of one output pixel; the first of these pixels is `first`.
template <typename Arithmetic>
struct Taps {
  int first = 0;
  std::vector<typename Arithmetic::Weight> weights;
};

template <typename Arithmetic>
Taps<Arithmetic> taps_of(const Kernel& kernel, int source_size, int size, int position) {
  const double scale = static_cast<double>(source_size) / size;
  const double stretch = std::max(scale, 1.0);
  const double support = kernel.support * stretch;
  const double center = (position + 0.5) * scale;
  const int first = std::max(static_cast<int>(std::floor(center - support + 0.5)), 0);
  const int last = std::min(static_cast<int>(std::floor(center + support + 0.5)), source_size);
  std::vector<double> weights;
  weights.reserve(static_cast<std::size_t>(std::max(last - first, 0)));
  double sum = 0;
  for (int x = first; x < last; ++x) {
    weights.push_back(kernel.value((x - center + 0.5) * (1.0 / stretch)));
    sum += weights.back();
  }
  Taps<Arithmetic> taps{.first = first, .weights = {}};
  taps.weights.reserve(weights.size());
  for (const double w : weights) taps.weights.push_back(Arithmetic::weight(sum != 0 ? w / sum : w));
  return taps;
}

/// One axis of a resize. As in Pillow, an axis whose size doesn't change is left alone.
template <typename Arithmetic>
std::vector<Taps<Arithmetic>> axis_taps(Filter filter, int source_size, Span span) {
  const Kernel kernel = kernel_of(filter);
  std::vector<Taps<Arithmetic>> axis;
  for (int i = span.first; i < span.first + span.count; ++i) {
    if (source_size == span.size) {
      axis.push_back({.first = i, .weights = {Arithmetic::weight(1.0)}});
    } else {
      axis.push_back(taps_of<Arithmetic>(kernel, source_size, span.size, i));
    }
  }
  return axis;
}

/// The weighted sum of lines that begin `stride` apart. Each has `lanes` values, at most kLanes.
template <typename Arithmetic>
void blend(const typename Arithmetic::Pixel* lines, std::size_t stride,
           const std::vector<typename Arithmetic::Weight>& weights, std::size_t lanes,
           typename Arithmetic::Pixel* out) {
  std::array<typename Arithmetic::Weight, kLanes> sums;
  sums.fill(Arithmetic::kStart);
  const auto add = [&](const typename Arithmetic::Pixel* line, auto weight, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) sums[i] += static_cast<decltype(weight)>(line[i]) * weight;
  };
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const auto* line = lines + k * stride;
    lanes == kLanes ? add(line, weights[k], kLanes) : add(line, weights[k], lanes);
  }
  for (std::size_t i = 0; i < lanes; ++i) out[i] = Arithmetic::pixel(sums[i]);
}

TISE_FOR_EACH_VECTOR_WIDTH
void blend_in_vectors(const std::uint8_t* lines, std::size_t stride, const std::vector<std::int32_t>& weights,
                      std::size_t lanes, std::uint8_t* out) {
  blend<FixedPoint>(lines, stride, weights, lanes, out);
}

TISE_FOR_EACH_VECTOR_WIDTH
void blend_in_vectors(const float* lines, std::size_t stride, const std::vector<double>& weights,
                      std::size_t lanes, float* out) {
  blend<FloatingPoint>(lines, stride, weights, lanes, out);
}

/// For three values, calling the library's copy would cost more than copying.
template <typename From, typename To>
void copy_pixel(const From* from, To* to) {
  for (int c = 0; c < kChannels; ++c) to[c] = from[c];
}

/// Rows [first, last) of the image, resized to the columns of `axis`.
template <typename Arithmetic>
std::vector<typename Arithmetic::Pixel> resize_columns(const Pixels& pixels,
                                                       const std::vector<Taps<Arithmetic>>& axis, int first,
                                                       int last) {
  using Pixel = typename Arithmetic::Pixel;
  const std::size_t width = static_cast<std::size_t>(pixels.width);
  std::vector<Pixel> band(width * kLanes);  // [column][row][channel]
  std::vector<Pixel> out(axis.size() * static_cast<std::size_t>(last - first) * kChannels);
  std::array<Pixel, kLanes> blended{};
  for (int top = first; top < last; top += kBandRows) {
    const int rows = std::min(kBandRows, last - top);
    for (int r = 0; r < rows; ++r) {
      const std::uint8_t* row = &pixels.rgb[static_cast<std::size_t>(top + r) * width * kChannels];
      Pixel* to = &band[static_cast<std::size_t>(r) * kChannels];
      for (std::size_t x = 0; x < width; ++x, to += kLanes, row += kChannels) copy_pixel(row, to);
    }
    Pixel* to = &out[static_cast<std::size_t>(top - first) * axis.size() * kChannels];
    for (std::size_t x = 0; x < axis.size(); ++x) {
      const Pixel* lines = &band[static_cast<std::size_t>(axis[x].first) * kLanes];
      blend_in_vectors(lines, kLanes, axis[x].weights, kLanes, blended.data());
      for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
        copy_pixel(&blended[r * kChannels], to + (r * axis.size() + x) * kChannels);
      }
    }
  }
  return out;
}

template <typename Arithmetic>
std::vector<typename Arithmetic::Pixel> resize(const Pixels& pixels, Filter filter, Span columns, Span rows) {
  const auto across = axis_taps<Arithmetic>(filter, pixels.width, columns);
  const auto down = axis_taps<Arithmetic>(filter, pixels.height, rows);
  const int first = down.front().first;
  const int last = down.back().first + static_cast<int>(down.back().weights.size());
  const auto between = resize_columns<Arithmetic>(pixels, across, first, last);

  const std::size_t stride = across.size() * kChannels;
  std::vector<typename Arithmetic::Pixel> out(stride * down.size());
  for (std::size_t y = 0; y < down.size(); ++y) {
    const auto* lines = &between[static_cast<std::size_t>(down[y].first - first) * stride];
    for (std::size_t x = 0; x < stride; x += kLanes) {
      blend_in_vectors(lines + x, stride, down[y].weights, std::min(kLanes, stride - x),
                       &out[y * stride + x]);
    }
  }
  return out;
}

}  // namespace

ByteAxis byte_axis(Filter filter, int source_size, Span span) {
  const auto taps = axis_taps<FixedPoint>(filter, source_size, span);
  ByteAxis axis;
  for (const auto& own : taps) axis.most = std::max(axis.most, static_cast<std::int32_t>(own.weights.size()));
  axis.weights.resize(taps.size() * static_cast<std::size_t>(axis.most));
  for (std::size_t i = 0; i < taps.size(); ++i) {
    axis.first.push_back(taps[i].first);
    std::ranges::copy(taps[i].weights, &axis.weights[i * static_cast<std::size_t>(axis.most)]);
  }
  return axis;
}

std::vector<std::uint8_t> resample(const Pixels& pixels, Filter filter, Span columns, Span rows) {
  return resize<FixedPoint>(pixels, filter, columns, rows);
}

std::vector<float> resample_float(const Pixels& pixels, Filter filter, Span columns, Span rows) {
  return resize<FloatingPoint>(pixels, filter, columns, rows);
}

}  // namespace tise::image
