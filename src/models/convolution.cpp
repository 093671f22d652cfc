// `tise::convolution`: a two-dimensional convolution on the CPU, with what follows it in a residual block
// (another tensor added, then relu) done by oneDNN while the sums are still in registers. Channels-last,
// which is what oneDNN's kernels like best.

#include "convolution.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

namespace tise::models {
namespace {

using OptionalTensor = std::optional<at::Tensor>;
using Scalars = c10::List<std::optional<at::Scalar>>;

at::Tensor channels_last(const at::Tensor& tensor) {
  return tensor.contiguous(at::MemoryFormat::ChannelsLast);
}

/// How a convolution moves over its input.
struct Steps {
  at::IntArrayRef stride, padding, dilation;
  std::int64_t groups;
};

at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const OptionalTensor& bias,
                    const Steps& steps, bool relu) {
  static const auto kPointwise =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("mkldnn::_convolution_pointwise", "")
          .typed<at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&, at::IntArrayRef,
                            at::IntArrayRef, at::IntArrayRef, std::int64_t, c10::string_view, Scalars,
                            std::optional<c10::string_view>)>();
  return kPointwise.call(input, weight, bias, steps.padding, steps.stride, steps.dilation, steps.groups,
                         relu ? "relu" : "none", Scalars(), std::nullopt);
}

at::Tensor convolve_and_add(const at::Tensor& input, const at::Tensor& weight, const OptionalTensor& bias,
                            const Steps& steps, const at::Tensor& added, bool relu) {
  static const auto kPointwise =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("mkldnn::_convolution_pointwise", "binary")
          .typed<at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const OptionalTensor&,
                            at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t, c10::string_view,
                            std::optional<at::Scalar>, std::optional<c10::string_view>, Scalars,
                            std::optional<c10::string_view>)>();
  const std::optional<c10::string_view> then = relu ? std::optional<c10::string_view>("relu") : std::nullopt;
  return kPointwise.call(input, added, weight, bias, steps.padding, steps.stride, steps.dilation,
                         steps.groups, "add", std::nullopt, then, Scalars(), std::nullopt);
}

/// [N, out channels, rows, columns] of the convolution's answer.
std::vector<std::int64_t> answer_size(const at::Tensor& input, const at::Tensor& weight, const Steps& steps) {
  std::vector<std::int64_t> size{input.size(0), weight.size(0)};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t axis = static_cast<std::int64_t>(i) + 2;
    const std::int64_t reach = steps.dilation[i] * (weight.size(axis) - 1);
    size.push_back((input.size(axis) + 2 * steps.padding[i] - reach - 1) / steps.stride[i] + 1);
  }
  return size;
}

at::Tensor in_parts(const at::Tensor& input, const at::Tensor& weight, const OptionalTensor& bias,
                    const Steps& steps, const OptionalTensor& added, bool relu) {
  at::Tensor out = at::conv2d(input, weight, bias, steps.stride, steps.padding, steps.dilation, steps.groups);
  if (added) out = at::add(out, *added);
  return relu ? at::relu(out) : out;
}

at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const OptionalTensor& bias,
                       at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                       std::int64_t groups, const OptionalTensor& added, bool relu) {
  const Steps steps{stride, padding, dilation, groups};
  const bool as_it_comes = input.dim() != 4 || input.numel() == 0;  // an unbatched picture, or no region
  if (as_it_comes) return in_parts(input, weight, bias, steps, added, relu);
  if (!added) return convolve(channels_last(input), weight, bias, steps, relu);
  if (added->scalar_type() != input.scalar_type() || added->sizes() != answer_size(input, weight, steps)) {
    return in_parts(input, weight, bias, steps, added, relu);
  }
  return convolve_and_add(channels_last(input), weight, bias, steps, channels_last(*added), relu);
}

TORCH_LIBRARY(tise, library) {
  library.def(
      "convolution(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, "
      "int groups, Tensor? added, bool relu) -> Tensor");
}

TORCH_LIBRARY_IMPL(tise, CPU, library) { library.impl("convolution", &convolution); }

}  // namespace

c10::Symbol convolution_operator() {
  static const c10::Symbol kName = c10::Symbol::fromQualString("tise::convolution");
  return kName;
}

}  // namespace tise::models
