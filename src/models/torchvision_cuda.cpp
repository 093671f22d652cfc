// The operators of torchvision_operators.cpp as CUDA kernels. They sum in the same order as the loops there,
// so that both give the same numbers.

#include "torchvision_cuda.h"

#include <ATen/ATen.h>

#include <limits>

#include "cuda_program.h"

namespace tise::models {
namespace {

constexpr const char* kOperatorsSource = R"cuda(
typedef unsigned long long Word;  // one bit per box of a tile
constexpr int kTile = 64;

struct Box { float x0, y0, x1, y1; };

__device__ float area_of(const Box& box) { return (box.x1 - box.x0) * (box.y1 - box.y0); }

/// Intersection over union.
__device__ float overlap(const Box& a, const Box& b) {
  const float width = fmaxf(0.0f, fminf(a.x1, b.x1) - fmaxf(a.x0, b.x0));
  const float height = fmaxf(0.0f, fminf(a.y1, b.y1) - fmaxf(a.y0, b.y0));
  const float shared = width * height;
  return shared / (area_of(a) + area_of(b) - shared);
}

/// For each box of the tile blockIdx.y: which later boxes of the tile blockIdx.x it would remove.
extern "C" __global__ void mark_overlaps(const Box* boxes, int size, float threshold, Word* removes) {
  const int tiles = gridDim.x;
  if (blockIdx.x < blockIdx.y) return;  // earlier boxes, never read
  __shared__ Box others[kTile];
  const int first = blockIdx.x * kTile;
  const int count = min(kTile, size - first);
  if (threadIdx.x < count) others[threadIdx.x] = boxes[first + threadIdx.x];
  __syncthreads();
  const int number = blockIdx.y * kTile + threadIdx.x;
  if (number >= size) return;
  const Box own = boxes[number];
  Word word = 0;
  for (int k = blockIdx.x == blockIdx.y ? threadIdx.x + 1 : 0; k < count; ++k)
    if (overlap(own, others[k]) > threshold) word |= Word(1) << k;
  removes[static_cast<long long>(number) * tiles + blockIdx.x] = word;
}

/// Runs as one block. For each tile, one thread decides which of its boxes stay, in order; then all threads
/// remove the boxes of later tiles that the kept ones suppress.
extern "C" __global__ void keep(const Word* removes, int size, bool* kept) {
  constexpr int kParts = 8;  // a tile's boxes are divided among this many threads
  extern __shared__ Word gone[];
  __shared__ Word own[kTile];
  __shared__ Word stays;
  const int tiles = (size + kTile - 1) / kTile;
  for (int t = threadIdx.x; t < tiles; t += blockDim.x) gone[t] = 0;
  for (int tile = 0; tile < tiles; ++tile) {
    const int first = tile * kTile;
    const int count = min(kTile, size - first);
    const Word* const rows = removes + static_cast<long long>(first) * tiles;
    if (threadIdx.x < count) own[threadIdx.x] = rows[static_cast<long long>(threadIdx.x) * tiles + tile];
    __syncthreads();
    if (threadIdx.x == 0) {
      Word out = gone[tile];
      for (int k = 0; k < count; ++k)
        if (!(out >> k & 1)) out |= own[k];
      stays = ~out;
    }
    __syncthreads();
    if (threadIdx.x < count) kept[first + threadIdx.x] = stays >> threadIdx.x & 1;
    const int behind = tiles - tile - 1;
    for (int i = threadIdx.x; i < behind * kParts; i += blockDim.x) {
      const int other = tile + 1 + i % behind;
      Word word = 0;
      for (int k = i / behind; k < count; k += kParts)
        if (stays >> k & 1) word |= rows[static_cast<long long>(k) * tiles + other];
      if (word) atomicOr(&gone[other], word);
    }
    __syncthreads();
  }
}

struct Tap { int low, high; float weight; bool outside; };

__device__ Tap tap_at(float position, int size) {
  if (position < -1.0f || position > static_cast<float>(size)) return {0, 0, 0.0f, true};
  position = fmaxf(position, 0.0f);
  const int low = static_cast<int>(position);
  if (low >= size - 1) return {size - 1, size - 1, 0.0f, false};
  return {low, low + 1, position - static_cast<float>(low), false};
}

__device__ float position_at(float start, float cell_size, int cell, int sample, int samples) {
  return start + static_cast<float>(cell) * cell_size +
         (static_cast<float>(sample) + 0.5f) * cell_size / static_cast<float>(samples);
}

__device__ int samples_of(float length, int cells, int ratio) {
  return ratio > 0 ? ratio : max(static_cast<int>(ceilf(length / static_cast<float>(cells))), 0);
}

/// The map is [N, rows, columns, channels]. A block computes 32 channels of a region, one per lane of its
/// warps, so that reads are coalesced; writes go through shared memory to be coalesced too.
extern "C" __global__ void roi_align(const float* map, const float* rois, float* out, int channels, int rows,
                                     int columns, int grid_rows, int grid_columns, int ratio, float scale,
                                     float offset, float least) {
  constexpr int kLanes = 32;
  constexpr int kCells = 64;
  __shared__ float made[kLanes][kCells + 1];
  const float* const roi = rois + 5LL * blockIdx.x;
  const float x0 = roi[1] * scale - offset;
  const float y0 = roi[2] * scale - offset;
  const float width = fmaxf(roi[3] * scale - offset - x0, least);
  const float height = fmaxf(roi[4] * scale - offset - y0, least);
  const float cell_width = width / static_cast<float>(grid_columns);
  const float cell_height = height / static_cast<float>(grid_rows);
  const int samples_x = samples_of(width, grid_columns, ratio);
  const int samples_y = samples_of(height, grid_rows, ratio);
  const float samples = static_cast<float>(max(samples_x * samples_y, 1));

  const int lane = threadIdx.x % kLanes;
  const int first_channel = blockIdx.y * kLanes;
  const int channel = min(first_channel + lane, channels - 1);
  const float* const picture = map + static_cast<long long>(roi[0]) * rows * columns * channels + channel;
  const int cells = grid_rows * grid_columns;
  for (int first = 0; first < cells; first += kCells) {
    const int count = min(kCells, cells - first);
    for (int cell = threadIdx.x / kLanes; cell < count; cell += blockDim.x / kLanes) {
      const int row = (first + cell) / grid_columns;
      const int column = (first + cell) % grid_columns;
      float sum = 0.0f;
      for (int i = 0; i < samples_y; ++i) {
        const Tap y = tap_at(position_at(y0, cell_height, row, i, samples_y), rows);
        if (y.outside) continue;
        const float* const upper = picture + static_cast<long long>(y.low) * columns * channels;
        const float* const lower = picture + static_cast<long long>(y.high) * columns * channels;
        for (int j = 0; j < samples_x; ++j) {
          const Tap x = tap_at(position_at(x0, cell_width, column, j, samples_x), columns);
          if (x.outside) continue;
          const int left = x.low * channels;
          const int right = x.high * channels;
          sum += (1.0f - y.weight) * (1.0f - x.weight) * upper[left] + (1.0f - y.weight) * x.weight * upper[right] +
                 y.weight * (1.0f - x.weight) * lower[left] + y.weight * x.weight * lower[right];
        }
      }
      made[lane][cell] = sum / samples;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < kLanes * count; i += blockDim.x) {
      const int c = i / count;
      if (first_channel + c < channels)
        out[(static_cast<long long>(blockIdx.x) * channels + first_channel + c) * cells + first + i % count] =
            made[c][i % count];
    }
    __syncthreads();
  }
}
)cuda";

constexpr int kTile = 64;
constexpr int kLanes = 32;

CudaProgram& operators_program() {
  static CudaProgram kProgram(kOperatorsSource);
  return kProgram;
}

unsigned whole(std::int64_t size, int part) { return static_cast<unsigned>((size + part - 1) / part); }

int as_int(std::int64_t value) {
  TORCH_CHECK(value <= std::numeric_limits<int>::max(), "too large for a CUDA kernel: ", value);
  return static_cast<int>(value);
}

/// The largest float32 that is not above `value`: a float32 is above it exactly if it is above `value`.
float floor_to_float(double value) {
  const auto near = static_cast<float>(value);
  return static_cast<double>(near) > value ? std::nextafter(near, -std::numeric_limits<float>::infinity())
                                           : near;
}

}  // namespace

at::Tensor kept_on_cuda(const at::Tensor& boxes, double iou_threshold) {
  constexpr unsigned kThreads = 512;
  const std::int64_t size = boxes.size(0);
  at::Tensor kept = at::empty({size}, boxes.options().dtype(at::kBool));
  if (size == 0) return kept;
  const at::Tensor corners = boxes.contiguous();
  const unsigned tiles = whole(size, kTile);
  at::Tensor removes = at::empty({size, tiles}, boxes.options().dtype(at::kLong));
  operators_program().run("mark_overlaps", boxes.device(), {tiles, tiles, kTile},
                          corners.const_data_ptr<float>(), as_int(size), floor_to_float(iou_threshold),
                          removes.mutable_data_ptr<std::int64_t>());
  operators_program().run(
      "keep", boxes.device(), {1, 1, kThreads, tiles * static_cast<unsigned>(sizeof(std::int64_t))},
      removes.const_data_ptr<std::int64_t>(), as_int(size), kept.mutable_data_ptr<bool>());
  return kept;
}

at::Tensor align_on_cuda(const RoiAlign& how, const at::Tensor& input, const at::Tensor& rois) {
  constexpr unsigned kThreads = 256;
  at::Tensor out = at::empty({rois.size(0), input.size(1), how.height, how.width},
                             input.options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous));
  if (out.numel() == 0) return out;
  const at::Tensor map = input.permute({0, 2, 3, 1}).to(at::kFloat).contiguous();
  const at::Tensor regions = rois.to(at::kFloat).contiguous();
  const float offset = how.aligned ? 0.5F : 0.0F;
  // Regions smaller than a pixel are enlarged to one, unless aligned.
  const float least = how.aligned ? -std::numeric_limits<float>::infinity() : 1.0F;
  operators_program().run(
      "roi_align", input.device(), {whole(rois.size(0), 1), whole(input.size(1), kLanes), kThreads},
      map.const_data_ptr<float>(), regions.const_data_ptr<float>(), out.mutable_data_ptr<float>(),
      as_int(input.size(1)), as_int(input.size(2)), as_int(input.size(3)), as_int(how.height),
      as_int(how.width), as_int(how.sampling_ratio), static_cast<float>(how.spatial_scale), offset, least);
  return out;
}

}  // namespace tise::models
