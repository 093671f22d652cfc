#include "tise/models/prepare_on_cuda.h"

#include <ATen/ATen.h>

#include <cstring>
#include <limits>
#include <map>
#include <span>

#include "cuda_program.h"
#include "tise/models/models.h"
#include "torch_error.h"

namespace tise::models {
namespace {

// Pictures are [N, height, width, 3] bytes. blockIdx.y is the picture; each thread computes one value.
constexpr const char* kPreparationSource = R"cuda(
struct Normalisation { float mean[3], std[3]; int unit; };

__device__ float scaled(unsigned char byte, int unit) {
  return unit ? static_cast<float>(byte) / 255.0f : static_cast<float>(byte);
}

__device__ unsigned char rounded(int sum, int bits) { return min(max(sum >> bits, 0), 255); }

/// Resizes rows [top, top + rows) of the pictures horizontally. Output: [N, rows, wide, 3].
extern "C" __global__ void resize_columns(const unsigned char* pictures, int height, int width, int top, int rows,
                                          const int* first, const int* weights, int most, int wide, int bits,
                                          unsigned char* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= rows * wide * 3) return;
  const int channel = i % 3;
  const int column = i / 3 % wide;
  const int row = top + i / 3 / wide;
  const unsigned char* const line = pictures + (static_cast<long long>(blockIdx.y) * height + row) * width * 3;
  int sum = 1 << (bits - 1);
  for (int k = 0; k < most; ++k) {
    const int weight = weights[column * most + k];
    if (weight != 0) sum += line[(first[column] + k) * 3 + channel] * weight;
  }
  out[static_cast<long long>(blockIdx.y) * rows * wide * 3 + i] = rounded(sum, bits);
}

/// Resizes the output of `resize_columns` vertically and normalizes it. Output: [N, 3, high, wide].
extern "C" __global__ void resize_rows(const unsigned char* lines, int top, int rows, const int* first,
                                       const int* weights, int most, int high, int wide, int bits,
                                       Normalisation how, float* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= 3 * high * wide) return;
  const int column = i % wide;
  const int row = i / wide % high;
  const int channel = i / wide / high;
  const unsigned char* const own = lines + static_cast<long long>(blockIdx.y) * rows * wide * 3;
  int sum = 1 << (bits - 1);
  for (int k = 0; k < most; ++k) {
    const int weight = weights[row * most + k];
    if (weight != 0) sum += own[((first[row] + k - top) * wide + column) * 3 + channel] * weight;
  }
  const float value = scaled(rounded(sum, bits), how.unit);
  out[static_cast<long long>(blockIdx.y) * 3 * high * wide + i] = (value - how.mean[channel]) / how.std[channel];
}

struct Between { int low, high; float fraction; };

__device__ Between between(int position, float scale, int size) {
  const float place = static_cast<float>(position) * scale;
  const int low = min(static_cast<int>(place), size - 1);
  return {low, min(low + 1, size - 1), place - static_cast<float>(low)};
}

/// TensorFlow 1's bilinear resize, then normalization. Output: [N, 3, high, wide].
extern "C" __global__ void tf1_bilinear(const unsigned char* pictures, int height, int width, float scale_y,
                                        float scale_x, int high, int wide, Normalisation how, float* out) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= 3 * high * wide) return;
  const int channel = i / wide / high;
  const Between x = between(i % wide, scale_x, width);
  const Between y = between(i / wide % high, scale_y, height);
  const unsigned char* const own = pictures + static_cast<long long>(blockIdx.y) * height * width * 3 + channel;
  const auto pixel = [&](int row, int column) { return scaled(own[(row * width + column) * 3], how.unit); };
  const float left = pixel(y.low, x.low);
  const float above = left + (pixel(y.low, x.high) - left) * x.fraction;
  const float left_below = pixel(y.high, x.low);
  const float below = left_below + (pixel(y.high, x.high) - left_below) * x.fraction;
  const float value = above + (below - above) * y.fraction;
  out[static_cast<long long>(blockIdx.y) * 3 * high * wide + i] = (value - how.mean[channel]) / how.std[channel];
}
)cuda";

constexpr unsigned kThreads = 256;
/// The most bytes of pictures copied to the device at once, through pinned memory.
constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

CudaProgram& preparation_program() {
  static CudaProgram kProgram(kPreparationSource);
  return kProgram;
}

/// Has the same layout as the kernels' struct.
struct Normalisation {
  float mean[3];
  float std[3];
  int unit;
};

Normalisation normalisation_of(const image::Preparation& how) {
  return {{how.mean[0], how.mean[1], how.mean[2]},
          {how.std[0], how.std[1], how.std[2]},
          how.range == image::Range::kUnit ? 1 : 0};
}

/// Enough blocks for `values` threads per picture.
CudaProgram::Launch over(std::int64_t values, std::int64_t pictures) {
  TORCH_CHECK(values < std::numeric_limits<int>::max(), "an image is too large for the GPU");
  return {static_cast<unsigned>((values + kThreads - 1) / kThreads), static_cast<unsigned>(pictures),
          kThreads};
}

/// Starts copying pictures of one size to the device. Returns [n, height, width, 3] bytes.
at::Tensor uploaded(std::span<const image::Pixels* const> pictures, c10::Device device) {
  const image::Pixels& any = *pictures.front();
  const at::Tensor bytes = at::empty({static_cast<std::int64_t>(pictures.size()), any.height, any.width, 3},
                                     at::TensorOptions(at::kByte).pinned_memory(true));
  auto* to = bytes.mutable_data_ptr<std::uint8_t>();
  for (const image::Pixels* picture : pictures) {
    std::memcpy(to, picture->rgb.data(), picture->rgb.size());
    to += picture->rgb.size();
  }
  return bytes.to(device, /*non_blocking=*/true);
}

at::Tensor on_device(const std::vector<std::int32_t>& values, c10::Device device) {
  return at::tensor(values, at::kInt).to(device);
}

void resize_bytes(const at::Tensor& pictures, const image::Preparation& how, at::Tensor& out) {
  const auto height = static_cast<int>(pictures.size(1));
  const auto width = static_cast<int>(pictures.size(2));
  const image::ByteResize resize = image::byte_resize(width, height, how);
  const c10::Device device = pictures.device();
  const auto wide = static_cast<int>(resize.columns.first.size());
  const auto high = static_cast<int>(resize.rows.first.size());
  const int top = resize.rows.first.front();
  const int rows = std::min(resize.rows.first.back() + resize.rows.most, height) - top;
  const at::Tensor first_columns = on_device(resize.columns.first, device);
  const at::Tensor column_weights = on_device(resize.columns.weights, device);
  const at::Tensor first_rows = on_device(resize.rows.first, device);
  const at::Tensor row_weights = on_device(resize.rows.weights, device);
  at::Tensor lines = at::empty({pictures.size(0), rows, wide, 3}, pictures.options());
  preparation_program().run("resize_columns", device, over(std::int64_t{3} * rows * wide, pictures.size(0)),
                            pictures.const_data_ptr<std::uint8_t>(), height, width, top, rows,
                            first_columns.const_data_ptr<std::int32_t>(),
                            column_weights.const_data_ptr<std::int32_t>(), resize.columns.most, wide,
                            image::kByteResizeBits, lines.mutable_data_ptr<std::uint8_t>());
  preparation_program().run("resize_rows", device, over(std::int64_t{3} * high * wide, pictures.size(0)),
                            lines.const_data_ptr<std::uint8_t>(), top, rows,
                            first_rows.const_data_ptr<std::int32_t>(),
                            row_weights.const_data_ptr<std::int32_t>(), resize.rows.most, high, wide,
                            image::kByteResizeBits, normalisation_of(how), out.mutable_data_ptr<float>());
}

void resize_as_tf1(const at::Tensor& pictures, const image::Preparation& how, at::Tensor& out) {
  const auto height = static_cast<int>(pictures.size(1));
  const auto width = static_cast<int>(pictures.size(2));
  const image::PictureSize size = *image::fixed_size(how.steps);
  const auto scale = [](int from, int to) { return static_cast<float>(static_cast<double>(from) / to); };
  preparation_program().run("tf1_bilinear", pictures.device(),
                            over(std::int64_t{3} * size.height * size.width, pictures.size(0)),
                            pictures.const_data_ptr<std::uint8_t>(), height, width,
                            scale(height, size.height), scale(width, size.width), size.height, size.width,
                            normalisation_of(how), out.mutable_data_ptr<float>());
}

/// Prepares pictures of one size. Returns [n, 3, H, W].
at::Tensor prepared(std::span<const image::Pixels* const> pictures, const image::Preparation& how,
                    c10::Device device) {
  const at::Tensor bytes = uploaded(pictures, device);
  const image::PictureSize size = *image::fixed_size(how.steps);
  at::Tensor out =
      at::empty({bytes.size(0), 3, size.height, size.width}, at::TensorOptions(at::kFloat).device(device));
  image::gives_bytes(how.steps.front().filter) ? resize_bytes(bytes, how, out)
                                               : resize_as_tf1(bytes, how, out);
  return out;
}

}  // namespace

bool prepares_on_cuda(const image::Preparation& preparation) {
  const auto filter = image::only_resize(preparation);
  if (!filter) return false;
  const bool is_whole =
      preparation.steps.size() == 1 && preparation.steps[0].kind == image::Step::Kind::kResize;
  return image::gives_bytes(*filter) || (*filter == image::Filter::kTf1Bilinear && is_whole);
}

at::Tensor prepare_on_cuda(const Pictures& pictures, const image::Preparation& preparation,
                           c10::Device device) {
  std::map<std::pair<int, int>, std::vector<std::int64_t>> by_size;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    by_size[{pictures[i]->width, pictures[i]->height}].push_back(static_cast<std::int64_t>(i));
  }
  std::vector<at::Tensor> parts;
  std::vector<std::int64_t> order;
  try {
    for (const auto& [size, numbers] : by_size) {
      std::vector<const image::Pixels*> own;
      for (const std::int64_t number : numbers)
        own.push_back(pictures[static_cast<std::size_t>(number)].get());
      const std::size_t most = std::max(kMostBytes / own.front()->rgb.size(), std::size_t{1});
      for (std::span<const image::Pixels* const> rest(own); !rest.empty();) {
        const auto part = rest.first(std::min(most, rest.size()));
        parts.push_back(prepared(part, preparation, device));
        rest = rest.subspan(part.size());
      }
      order.insert(order.end(), numbers.begin(), numbers.end());
    }
    if (parts.size() == 1) return parts.front();
    const at::Tensor places = at::tensor(order, at::kLong).argsort().to(device);
    return at::cat(parts).index_select(0, places);
  } catch (const std::exception& error) {
    if (is_out_of_memory(error)) throw OutOfMemory("ran out of memory preparing images on the GPU");
    throw ModelError("cannot prepare images on the GPU: " + one_line(error));
  }
}

}  // namespace tise::models
