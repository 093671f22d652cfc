#include <algorithm>
#include <array>

#include "planes.h"
#include "tise/base/vector_width.h"

namespace tise::image {
namespace {

/// The two source pixels of an output pixel, and how far it lies on the way from `low` (0) to `high` (1).
struct Between {
  std::size_t low;
  std::size_t high;
  float fraction;
};

std::vector<Between> axis_of(int source_size, int size) {
  const auto scale = static_cast<float>(static_cast<double>(source_size) / size);
  std::vector<Between> axis;
  for (int i = 0; i < size; ++i) {
    const float position = static_cast<float>(i) * scale;
    const int low = std::min(static_cast<int>(position), source_size - 1);
    const int high = std::min(low + 1, source_size - 1);
    axis.push_back(
        {static_cast<std::size_t>(low), static_cast<std::size_t>(high), position - static_cast<float>(low)});
  }
  return axis;
}

/// The rows of a plane, stretched to the output's width. Two are kept, since the next output row mostly needs
/// the same ones.
class StretchedRows {
 public:
  StretchedRows(const float* plane, std::size_t width, const std::vector<Between>& across)
      : plane_(plane), width_(width), across_(across) {}

  const float* operator[](std::size_t row) {
    Kept& kept = kept_[row % 2];
    if (kept.values.empty() || kept.row != row) {
      kept.row = row;
      kept.values.resize(across_.size());
      const float* const from = plane_ + row * width_;
      for (std::size_t i = 0; i < across_.size(); ++i) {
        const Between& x = across_[i];
        kept.values[i] = from[x.low] + (from[x.high] - from[x.low]) * x.fraction;
      }
    }
    return kept.values.data();
  }

 private:
  struct Kept {
    std::size_t row = 0;
    std::vector<float> values;
  };

  const float* plane_;
  std::size_t width_;
  const std::vector<Between>& across_;
  std::array<Kept, 2> kept_;
};

TISE_FOR_EACH_VECTOR_WIDTH
void between(const float* above, const float* below, float fraction, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = above[i] + (below[i] - above[i]) * fraction;
}

}  // namespace

Planes tf1_bilinear(const Planes& planes, int width, int height) {
  const std::vector<Between> across = axis_of(planes.width, width);
  const std::vector<Between> down = axis_of(planes.height, height);
  Planes out(width, height);
  float* to = out.values.data();
  for (std::size_t channel = 0; channel < 3; ++channel) {
    StretchedRows rows(&planes.values[channel * planes.area()], static_cast<std::size_t>(planes.width),
                       across);
    for (const Between& y : down) {
      between(rows[y.low], rows[y.high], y.fraction, across.size(), to);
      to += across.size();
    }
  }
  return out;
}

}  // namespace tise::image
