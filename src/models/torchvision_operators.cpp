// The torchvision operators that scripted detectors call. torchvision's own library needs Python, so a
// program without Python needs its own. They follow torchvision's documentation of `torchvision.ops` and the
// papers, and sum in torchvision's order, so that results agree closely. This file has the CPU versions,
// torchvision_cuda.cpp the CUDA ones.

#include "tise/models/torchvision_operators.h"

#include <ATen/ATen.h>
#include <torch/library.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "tise/base/side_by_side.h"
#include "tise/base/vector_width.h"
#include "torchvision_cuda.h"

namespace tise::models {
namespace {

/// Boxes as separate arrays of coordinates, sorted by descending score.
template <typename T>
struct Boxes {
  std::vector<T> x0, y0, x1, y1, area;

  std::size_t size() const { return x0.size(); }
};

/// Marks the boxes after the i-th whose intersection over union with it is above `threshold`.
template <typename T>
inline void suppress(const Boxes<T>& boxes, std::size_t i, double threshold, std::uint8_t* gone) {
  const T x0 = boxes.x0[i];
  const T y0 = boxes.y0[i];
  const T x1 = boxes.x1[i];
  const T y1 = boxes.y1[i];
  const T area = boxes.area[i];
  const std::size_t size = boxes.size();
  const T* const left = boxes.x0.data();
  const T* const top = boxes.y0.data();
  const T* const right = boxes.x1.data();
  const T* const bottom = boxes.y1.data();
  const T* const areas = boxes.area.data();
  for (std::size_t j = i + 1; j < size; ++j) {
    const T width = std::max(T(0), std::min(x1, right[j]) - std::max(x0, left[j]));
    const T height = std::max(T(0), std::min(y1, bottom[j]) - std::max(y0, top[j]));
    const T shared = width * height;
    gone[j] |=
        static_cast<std::uint8_t>(static_cast<double>(shared / (area + areas[j] - shared)) > threshold);
  }
}

TISE_FOR_EACH_VECTOR_WIDTH
void suppress_in_vectors(const Boxes<float>& boxes, std::size_t i, double threshold, std::uint8_t* gone) {
  suppress(boxes, i, threshold, gone);
}

void suppress_in_vectors(const Boxes<double>& boxes, std::size_t i, double threshold, std::uint8_t* gone) {
  suppress(boxes, i, threshold, gone);
}

template <typename T>
std::vector<std::int64_t> kept_of(const Boxes<T>& boxes, double threshold) {
  std::vector<std::uint8_t> gone(boxes.size(), 0);
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (gone[i] != 0) continue;
    kept.push_back(static_cast<std::int64_t>(i));
    suppress_in_vectors(boxes, i, threshold, gone.data());
  }
  return kept;
}

template <typename T>
Boxes<T> boxes_of(const at::Tensor& rows) {
  const at::Tensor whole = rows.contiguous();
  const T* values = whole.const_data_ptr<T>();
  Boxes<T> boxes;
  for (std::int64_t i = 0; i < whole.size(0); ++i, values += 4) {
    boxes.x0.push_back(values[0]);
    boxes.y0.push_back(values[1]);
    boxes.x1.push_back(values[2]);
    boxes.y1.push_back(values[3]);
    boxes.area.push_back((values[2] - values[0]) * (values[3] - values[1]));
  }
  return boxes;
}

/// The position of a sample along an axis: two neighboring pixels and the weight of the second.
struct Tap {
  std::int64_t low = 0, high = 0;
  double weight = 0;
  bool outside = false;
};

template <typename T>
Tap tap_at(T position, std::int64_t size) {
  if (position < T(-1) || position > static_cast<T>(size)) return {.outside = true};
  position = std::max(position, T(0));
  const auto low = static_cast<std::int64_t>(position);
  if (low >= size - 1) return {size - 1, size - 1, 0.0, false};
  return {low, low + 1, static_cast<double>(position - static_cast<T>(low)), false};
}

/// A region on the feature map: its corner, and the size of a cell and its number of samples.
template <typename T>
struct Region {
  std::int64_t picture;
  T x, y, cell_width, cell_height;
  std::int64_t samples_x, samples_y;
};

template <typename T>
Region<T> region_of(const T* roi, const RoiAlign& how) {
  const T offset = how.aligned ? T(0.5) : T(0);
  const T scale = static_cast<T>(how.spatial_scale);
  const T x = roi[1] * scale - offset;
  const T y = roi[2] * scale - offset;
  T width = roi[3] * scale - offset - x;
  T height = roi[4] * scale - offset - y;
  if (!how.aligned) {  // enlarges regions smaller than a pixel
    width = std::max(width, T(1));
    height = std::max(height, T(1));
  }
  const auto samples = [&](T length, std::int64_t cells) {
    if (how.sampling_ratio > 0) return how.sampling_ratio;
    const auto enough = static_cast<std::int64_t>(std::ceil(length / static_cast<T>(cells)));
    return std::max(enough, std::int64_t{0});  // 0 for an inverted region
  };
  return {static_cast<std::int64_t>(roi[0]),
          x,
          y,
          width / static_cast<T>(how.width),
          height / static_cast<T>(how.height),
          samples(width, how.width),
          samples(height, how.height)};
}

/// One sample: four pixels of a channels-last picture and their weights.
template <typename T>
struct Sample {
  const T* pixels[4];
  T weights[4];
};

template <typename T>
Sample<T> sample_at(const T* picture, std::int64_t columns, std::int64_t channels, const Tap& y,
                    const Tap& x) {
  const T bottom = static_cast<T>(y.weight);
  const T right = static_cast<T>(x.weight);
  const auto pixel = [&](std::int64_t row, std::int64_t column) {
    return picture + (row * columns + column) * channels;
  };
  return {
      {pixel(y.low, x.low), pixel(y.low, x.high), pixel(y.high, x.low), pixel(y.high, x.high)},
      {(T(1) - bottom) * (T(1) - right), (T(1) - bottom) * right, bottom * (T(1) - right), bottom * right}};
}

/// The number of channels whose sums fit into a processor's registers.
constexpr std::int64_t kBlock = 64;

/// Computes a cell: for each channel the sum of the samples, in order, divided by `count`.
template <typename T>
inline void average(std::span<const Sample<T>> samples, std::int64_t channels, T count, T* cell) {
  for (std::int64_t first = 0; first < channels; first += kBlock) {
    const std::int64_t size = std::min(kBlock, channels - first);
    T sums[kBlock] = {};
    for (const Sample<T>& sample : samples) {
      const T* const p0 = sample.pixels[0] + first;
      const T* const p1 = sample.pixels[1] + first;
      const T* const p2 = sample.pixels[2] + first;
      const T* const p3 = sample.pixels[3] + first;
      const auto& w = sample.weights;
      const auto add = [&](std::int64_t c) {
        sums[c] += w[0] * p0[c] + w[1] * p1[c] + w[2] * p2[c] + w[3] * p3[c];
      };
      if (size == kBlock) {  // a loop of constant length keeps the sums in registers
        for (std::int64_t c = 0; c < kBlock; ++c) add(c);
      } else {
        for (std::int64_t c = 0; c < size; ++c) add(c);
      }
    }
    for (std::int64_t c = 0; c < size; ++c) cell[first + c] = sums[c] / count;
  }
}

TISE_FOR_EACH_VECTOR_WIDTH
void average_in_vectors(std::span<const Sample<float>> samples, std::int64_t channels, float count,
                        float* cell) {
  average(samples, channels, count, cell);
}

void average_in_vectors(std::span<const Sample<double>> samples, std::int64_t channels, double count,
                        double* cell) {
  average(samples, channels, count, cell);
}

/// [cells, channels] → [channels, cells], in strips that fit into the L1 cache.
template <typename T>
void transpose(const T* in, std::int64_t cells, std::int64_t channels, T* out) {
  constexpr std::int64_t kStrip = 16;
  for (std::int64_t first = 0; first < channels; first += kStrip) {
    const std::int64_t end = std::min(first + kStrip, channels);
    for (std::int64_t cell = 0; cell < cells; ++cell) {
      for (std::int64_t c = first; c < end; ++c) out[c * cells + cell] = in[cell * channels + c];
    }
  }
}

/// The positions of all cells' samples along an axis, cell by cell.
template <typename T>
std::vector<Tap> taps_of(T start, T cell_size, std::int64_t cells, std::int64_t samples, std::int64_t size) {
  std::vector<Tap> taps;
  taps.reserve(static_cast<std::size_t>(cells * samples));
  for (std::int64_t cell = 0; cell < cells; ++cell) {
    for (std::int64_t i = 0; i < samples; ++i) {
      const T in_cell = (static_cast<T>(i) + T(0.5)) * cell_size / static_cast<T>(samples);
      taps.push_back(tap_at(start + static_cast<T>(cell) * cell_size + in_cell, size));
    }
  }
  return taps;
}

/// Computes one region's grid, [C, height, width], from a channels-last map [N, H, W, C].
template <typename T>
void align_region(const at::Tensor& map, const Region<T>& region, const RoiAlign& how, T* out) {
  const std::int64_t rows = map.size(1);
  const std::int64_t columns = map.size(2);
  const std::int64_t channels = map.size(3);
  const T* picture = map.const_data_ptr<T>() + region.picture * rows * columns * channels;
  const T count = static_cast<T>(std::max<std::int64_t>(region.samples_x * region.samples_y, 1));
  const auto down = taps_of(region.y, region.cell_height, how.height, region.samples_y, rows);
  const auto across = taps_of(region.x, region.cell_width, how.width, region.samples_x, columns);
  const std::int64_t cells = how.height * how.width;
  std::vector<T> grid(static_cast<std::size_t>(cells * channels));
  std::vector<Sample<T>> samples;
  for (std::int64_t cell = 0; cell < cells; ++cell) {
    const auto own = [&](const std::vector<Tap>& taps, std::int64_t number, std::int64_t each) {
      return std::span(taps).subspan(static_cast<std::size_t>(number * each), static_cast<std::size_t>(each));
    };
    samples.clear();
    for (const Tap& y : own(down, cell / how.width, region.samples_y)) {
      for (const Tap& x : own(across, cell % how.width, region.samples_x)) {
        if (!y.outside && !x.outside) samples.push_back(sample_at(picture, columns, channels, y, x));
      }
    }
    average_in_vectors(samples, channels, count, grid.data() + cell * channels);
  }
  transpose(grid.data(), cells, channels, out);
}

template <typename T>
at::Tensor align_in_loops(const RoiAlign& how, const at::Tensor& input, const at::Tensor& rois) {
  const at::Tensor map = input.permute({0, 2, 3, 1}).contiguous();
  const at::Tensor regions = rois.contiguous();
  const std::int64_t channels = input.size(1);
  at::Tensor out = at::empty({rois.size(0), channels, how.height, how.width}, input.options(),
                             at::MemoryFormat::Contiguous);
  const T* roi = regions.const_data_ptr<T>();
  T* values = out.mutable_data_ptr<T>();
  constexpr std::int64_t kRegions = 64;  // per task
  side_by_side_in(rois.size(0), kRegions, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k)
      align_region(map, region_of(roi + 5 * k, how), how, values + k * how.height * how.width * channels);
  });
  return out;
}

/// For more boxes the CPU is used: the GPU needs one 8-byte word per box and tile of 64 boxes.
constexpr std::int64_t kMostBoxesOnCuda = 1 << 15;

at::Tensor kept_on_cpu(const at::Tensor& sorted, double iou_threshold) {
  const auto kept = sorted.scalar_type() == at::kDouble
                        ? kept_of(boxes_of<double>(sorted), iou_threshold)
                        : kept_of(boxes_of<float>(sorted.to(at::kFloat)), iou_threshold);
  return at::tensor(kept, at::kLong);
}

// The dispatcher passes sizes by value.
// NOLINTBEGIN(performance-unnecessary-value-param)
at::Tensor registered_roi_align(const at::Tensor& input, const at::Tensor& rois, double spatial_scale,
                                c10::SymInt height, c10::SymInt width, std::int64_t sampling_ratio,
                                bool aligned) {
  const RoiAlign how{spatial_scale, height.expect_int(), width.expect_int(), sampling_ratio, aligned};
  return how(input, rois);
}
// NOLINTEND(performance-unnecessary-value-param)

std::int64_t cuda_version() { return -1; }

TORCH_LIBRARY(torchvision, library) {
  library.def("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor");
  library.def(
      "roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, "
      "int sampling_ratio, bool aligned) -> Tensor");
  library.def("_cuda_version() -> int", &cuda_version);
}

TORCH_LIBRARY_IMPL(torchvision, CPU, library) {
  library.impl("nms", &nms);
  library.impl("roi_align", &registered_roi_align);
}

TORCH_LIBRARY_IMPL(torchvision, CUDA, library) {
  library.impl("nms", &nms);
  library.impl("roi_align", &registered_roi_align);
}

}  // namespace

// This file's static data registers the operators; a call of this function makes the linker include the file.
void register_torchvision_operators() {}

at::Tensor nms(const at::Tensor& boxes, const at::Tensor& scores, double iou_threshold) {
  TORCH_CHECK(boxes.dim() == 2 && boxes.size(1) == 4, "boxes are [n, 4]");
  TORCH_CHECK(scores.dim() == 1 && scores.size(0) == boxes.size(0), "scores are [n], one for each box");
  const bool on_cuda = boxes.is_cuda() && boxes.size(0) <= kMostBoxesOnCuda;
  const c10::Device device = on_cuda ? boxes.device() : c10::Device(c10::kCPU);
  const at::Tensor order =
      std::get<1>(scores.to(device).sort(/*stable=*/true, /*dim=*/0, /*descending=*/true));
  const at::Tensor sorted = boxes.to(device).index_select(0, order);
  if (on_cuda) return order.masked_select(kept_on_cuda(sorted.to(at::kFloat), iou_threshold));
  return order.index_select(0, kept_on_cpu(sorted, iou_threshold)).to(boxes.device());
}

at::Tensor RoiAlign::operator()(const at::Tensor& input, const at::Tensor& rois) const {
  TORCH_CHECK(rois.dim() == 2 && rois.size(1) == 5, "regions are [K, 5]");
  if (input.is_cuda()) return align_on_cuda(*this, input, rois).to(input.scalar_type());
  if (input.scalar_type() == at::kDouble) return align_in_loops<double>(*this, input, rois.to(at::kDouble));
  return align_in_loops<float>(*this, input.to(at::kFloat), rois.to(at::kFloat)).to(input.scalar_type());
}

}  // namespace tise::models
