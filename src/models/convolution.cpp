// `tise::convolution`: a two-dimensional convolution fused with what follows it in a residual block (adding
// another tensor, then relu), computed while the sums are still in registers. The CPU uses oneDNN,
// channels-last, its kernels' fastest layout; CUDA uses cuDNN, in the layout of the weight.

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

/// A convolution's parameters.
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

at::Tensor convolve_into(const at::Tensor& added, const at::Tensor& input, const at::Tensor& weight,
                         const OptionalTensor& bias, const Steps& steps, bool relu) {
  static const auto kPointwise =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("mkldnn::_convolution_pointwise_", "binary")
          .typed<at::Tensor&(at::Tensor&, const at::Tensor&, const at::Tensor&, const OptionalTensor&,
                             at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t,
                             c10::string_view, std::optional<at::Scalar>, std::optional<c10::string_view>,
                             Scalars, std::optional<c10::string_view>)>();
  const std::optional<c10::string_view> then = relu ? std::optional<c10::string_view>("relu") : std::nullopt;
  at::Tensor sum = added;
  kPointwise.call(sum, input, weight, bias, steps.padding, steps.stride, steps.dilation, steps.groups, "add",
                  std::nullopt, then, Scalars(), std::nullopt);
  return sum;
}

/// The size of the convolution's output: [N, out channels, rows, columns].
std::vector<std::int64_t> answer_size(const at::Tensor& input, const at::Tensor& weight, const Steps& steps) {
  std::vector<std::int64_t> size{input.size(0), weight.size(0)};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t axis = static_cast<std::int64_t>(i) + 2;
    const std::int64_t reach = steps.dilation[i] * (weight.size(axis) - 1);
    size.push_back((input.size(axis) + 2 * steps.padding[i] - reach - 1) / steps.stride[i] + 1);
  }
  return size;
}

/// The unfused convolution, for unbatched pictures, empty inputs, and on CUDA cases without a fused kernel.
at::Tensor in_parts(const at::Tensor& input, const at::Tensor& weight, const OptionalTensor& bias,
                    const Steps& steps, bool relu) {
  const at::Tensor out =
      at::conv2d(input, weight, bias, steps.stride, steps.padding, steps.dilation, steps.groups);
  return relu ? at::relu(out) : out;
}

bool is_ordinary(const at::Tensor& input) { return input.dim() == 4 && input.numel() > 0; }

at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const OptionalTensor& bias,
                       at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                       std::int64_t groups, bool relu) {
  const Steps steps{stride, padding, dilation, groups};
  if (input.is_cuda() && relu && is_ordinary(input)) {
    return at::cudnn_convolution_relu(input, weight, bias, stride, padding, dilation, groups);
  }
  if (input.is_cuda() || !is_ordinary(input)) return in_parts(input, weight, bias, steps, relu);
  return convolve(channels_last(input), weight, bias, steps, relu);
}

at::Tensor convolution_into(const at::Tensor& added, const at::Tensor& input, const at::Tensor& weight,
                            const OptionalTensor& bias, at::IntArrayRef stride, at::IntArrayRef padding,
                            at::IntArrayRef dilation, std::int64_t groups, bool relu) {
  const Steps steps{stride, padding, dilation, groups};
  const bool alike = is_ordinary(input) && added.scalar_type() == input.scalar_type() &&
                     added.sizes() == answer_size(input, weight, steps);
  if (alike && input.is_cpu()) {
    return convolve_into(channels_last(added), channels_last(input), weight, bias, steps, relu);
  }
  if (alike && relu) {
    return at::cudnn_convolution_add_relu(input, weight, added, 1, bias, stride, padding, dilation, groups);
  }
  const at::Tensor sum = at::add(in_parts(input, weight, bias, steps, false), added);
  return relu ? at::relu(sum) : sum;
}

TORCH_LIBRARY(tise, library) {
  library.def(
      "convolution(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, "
      "int groups, bool relu) -> Tensor",
      &convolution);
  library.def(
      "convolution_into(Tensor added, Tensor input, Tensor weight, Tensor? bias, int[] stride, "
      "int[] padding, int[] dilation, int groups, bool relu) -> Tensor",
      &convolution_into);
}

}  // namespace

c10::Symbol convolution_operator() {
  static const c10::Symbol kName = c10::Symbol::fromQualString("tise::convolution");
  return kName;
}

c10::Symbol convolution_into_operator() {
  static const c10::Symbol kName = c10::Symbol::fromQualString("tise::convolution_into");
  return kName;
}

}  // namespace tise::models
