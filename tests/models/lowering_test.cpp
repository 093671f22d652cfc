// The passes over frozen graphs must change nothing in float32 beyond rounding. In half precision they may
// change only what layers and the operators between them compute.

#include "../src/models/lowering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <string>
#include <vector>

#include "tise/models/models.h"

namespace tise::models {
namespace {

/// A module with three 3×3 convolutions of eight channels (a, b, c), the weight of a linear layer (rows), and
/// this forward.
torch::jit::Module module_of(const std::string& forward, c10::Device device = c10::kCPU) {
  torch::manual_seed(0);
  torch::jit::Module module("network");
  for (const char* name : {"a", "b", "c"}) {
    module.register_parameter(name, torch::randn({8, 8, 3, 3}) / 8, false);
    module.register_parameter(std::string(name) + "_bias", torch::randn({8}), false);
  }
  module.register_parameter("rows", torch::randn({4, 8}), false);
  const char* const convolutions = R"(
def conv_a(self, x: Tensor):
    return torch.conv2d(x, self.a, self.a_bias, [1, 1], [1, 1])
def conv_b(self, x: Tensor):
    return torch.conv2d(x, self.b, self.b_bias, [1, 1], [1, 1])
def conv_c(self, x: Tensor):
    return torch.conv2d(x, self.c, None, [2, 2], [1, 1], [1, 1], 1)
)";
  module.define(convolutions);
  module.define(forward);
  module.eval();
  module.to(device);
  return torch::jit::freeze(module);
}

at::Tensor answer(torch::jit::Module module, const at::Tensor& input) {
  const torch::jit::GraphOptimizerEnabledGuard no_profiling(false);
  const at::NoGradGuard no_grad;
  return module.forward({input}).toTensor();
}

/// How many times the graph contains the operator, including nested blocks.
int count(const torch::jit::Module& module, const std::string& name) {
  int found = 0;
  const std::function<void(torch::jit::Block*)> walk = [&](torch::jit::Block* block) {
    for (const torch::jit::Node* node : block->nodes()) {
      if (node->kind() == c10::Symbol::fromQualString(name)) ++found;
      for (torch::jit::Block* inner : const_cast<torch::jit::Node*>(node)->blocks()) walk(inner);
    }
  };
  walk(module.get_method("forward").graph()->block());
  return found;
}

struct Forward {
  std::string name, code;
  int into;  ///< how many convolutions may write their sum into another tensor
};

std::ostream& operator<<(std::ostream& out, const Forward& forward) { return out << forward.name; }

const Forward kForwards[] = {
    {"residual_block", R"(
def forward(self, x: Tensor):
    x = torch.relu_(self.conv_a(x))
    y = torch.relu_(self.conv_b(x))
    return torch.relu_(self.conv_a(y).add_(x))
)",
     1},
    {"summand_used_again", R"(
def forward(self, x: Tensor):
    x = torch.relu(self.conv_a(x))
    y = torch.relu(self.conv_b(x) + x)
    return y * 2 + x
)",
     0},
    {"input_as_summand", R"(
def forward(self, x: Tensor):
    return torch.relu(self.conv_a(x) + x)
)",
     0},
    {"summand_of_another_shape", R"(
def forward(self, x: Tensor):
    y = torch.max_pool2d(torch.relu(self.conv_a(x)), [8, 8])
    return torch.relu(self.conv_b(x) + y)
)",
     1},
    {"two_convolutions_summed", R"(
def forward(self, x: Tensor):
    return torch.relu(self.conv_a(x) + self.conv_b(x))
)",
     1},
    {"view_of_a_summand", R"(
def forward(self, x: Tensor):
    x = torch.relu(self.conv_a(x))
    row = x.view(x.size(0), -1)
    y = torch.relu(self.conv_b(x) + x)
    return y.view(x.size(0), -1) + row
)",
     0},
    {"written_to_in_place", R"(
def forward(self, x: Tensor):
    y = self.conv_a(x)
    z = y * 1
    y[0, 0] = 7.5
    return self.conv_b(y) + z
)",
     0},
    {"in_a_branch", R"(
def forward(self, x: Tensor):
    y = self.conv_a(x)
    if bool(x.sum() > 0):
        y = torch.relu(self.conv_b(y))
    else:
        y = self.conv_c(y)
    return y
)",
     0},
    {"in_a_list", R"(
def forward(self, x: Tensor):
    levels = [self.conv_a(x)]
    for i in range(2):
        levels.append(torch.relu(self.conv_b(levels[i])))
    return torch.cat(levels, 1)
)",
     0},
    {"linear_behind_pooling", R"(
def forward(self, x: Tensor):
    y = torch.relu(self.conv_c(x))
    pooled = torch.adaptive_avg_pool2d(y, [1, 1]).flatten(1)
    return torch.softmax(torch.linear(pooled, self.rows), 1)
)",
     0},
    {"upsampled", R"(
def forward(self, x: Tensor):
    coarse = torch.upsample_nearest2d(self.conv_c(x), [x.size(2), x.size(3)])
    return self.conv_a(x) + coarse
)",
     1},
};

class Lowering : public ::testing::TestWithParam<Forward> {};

TEST_P(Lowering, changes_nothing_in_float32) {
  for (const std::int64_t pictures : {2, 0}) {
    if (pictures == 0 && GetParam().name != "residual_block") continue;
    const at::Tensor input = torch::randn({pictures, 8, 8, 8});
    const at::Tensor before = answer(module_of(GetParam().code), input.clone());
    const torch::jit::Module module = module_of(GetParam().code);  // a graph that has run can't change
    fuse_convolutions(module, at::MemoryFormat::ChannelsLast);
    const at::Tensor copy = input.clone();
    const at::Tensor after = answer(module, copy);
    EXPECT_TRUE(torch::allclose(before, after, 1e-5, 1e-5)) << (before - after).abs().max();
    EXPECT_TRUE(torch::equal(copy, input)) << "the caller's tensor was written to";
    EXPECT_EQ(count(module, "tise::convolution_into"), GetParam().into);
    EXPECT_EQ(count(module, "aten::conv2d"), 0);
    EXPECT_GT(count(module, "tise::convolution") + count(module, "tise::convolution_into"), 0);
  }
}

TEST_P(Lowering, in_half_precision_returns_nearly_the_same_in_float32) {
  const at::Tensor input = torch::randn({2, 8, 8, 8});
  const at::Tensor before = answer(module_of(GetParam().code), input.clone());
  // oneDNN's convolutions take bfloat16 only on CPUs that have it.
  const bool can_fuse = parse_precision("auto", c10::kCPU) == Precision::kBf16;
  for (const bool fused : can_fuse ? std::vector<bool>{false, true} : std::vector<bool>{false}) {
    const torch::jit::Module module = module_of(GetParam().code);
    to_half_precision(module, at::kBFloat16);
    if (fused) fuse_convolutions(module, at::MemoryFormat::ChannelsLast);
    const at::Tensor after = answer(module, input.clone());
    EXPECT_EQ(after.scalar_type(), at::kFloat);
    EXPECT_LT((before - after).abs().max().item<float>(), 0.05F * before.abs().max().item<float>());
    EXPECT_GT((before - after).abs().max().item<float>(), 0) << "nothing was rounded";
  }
}

TEST_P(Lowering, on_cuda_changes_little) {
  if (!parse_device("auto").is_cuda()) GTEST_SKIP() << "needs a CUDA device";
  const at::Tensor input = torch::randn({2, 8, 8, 8});
  const at::Tensor before = answer(module_of(GetParam().code), input.clone());
  const float largest = before.abs().max().item<float>();
  for (const auto layout : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    for (const bool half : {false, true}) {
      torch::jit::Module module = module_of(GetParam().code, c10::kCUDA);
      if (half) to_half_precision(module, at::kHalf);
      fuse_convolutions(module, layout);
      const at::Tensor after = answer(module, input.cuda().contiguous(layout)).cpu();
      EXPECT_EQ(after.scalar_type(), at::kFloat);
      EXPECT_LT((before - after).abs().max().item<float>(), (half ? 0.01F : 1e-5F) * largest) << half;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Lowering, ::testing::ValuesIn(kForwards),
                         [](const auto& test) { return test.param.name; });

TEST(HalfPrecision, keeps_a_residual_block_in_half_and_casts_only_at_its_ends) {
  const torch::jit::Module module = module_of(kForwards[0].code);
  to_half_precision(module, at::kBFloat16);
  EXPECT_EQ(count(module, "aten::to"), 2);
}

TEST(HalfPrecision, pools_in_float32_before_a_linear_layer) {
  const torch::jit::Module module = module_of(kForwards[9].code);
  ASSERT_EQ(kForwards[9].name, "linear_behind_pooling");
  to_half_precision(module, at::kBFloat16);
  EXPECT_EQ(count(module, "aten::to"), 4);  // before and after the convolution, before and after the layer
}

}  // namespace
}  // namespace tise::models
