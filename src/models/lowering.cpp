// Passes over a frozen graph, where all weights are constants.
//
// Half precision: LibTorch's own autocast casts the weights again in each run and decides by lists of
// operators alone. Here each weight is rounded once, and a value is cast back to float32 before an operator
// that isn't listed. Values that go through lists, dicts, loops and branches are float32, since they can't be
// tracked; so a detector's proposals, boxes and scores are computed in float32.

#include "lowering.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/remove_mutation.h>
#include <torch/csrc/jit/runtime/graph_iterator.h>

#include <algorithm>
#include <initializer_list>
#include <unordered_map>
#include <unordered_set>

#include "convolution.h"

namespace tise::models {
namespace {

using torch::jit::AliasDb;
using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
using torch::jit::WithInsertPoint;

bool is(const Node* node, const char* name) { return node->kind() == c10::Symbol::fromQualString(name); }

bool is_any(const Node* node, std::initializer_list<const char*> names) {
  return std::ranges::any_of(names, [&](const char* name) { return is(node, name); });
}

std::optional<at::Tensor> constant_tensor(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isTensor() ? std::optional(constant->toTensor()) : std::nullopt;
}

bool is_tensor(const Value* value) { return value->type()->isSubtypeOf(*c10::TensorType::get()); }

/// Whether the value may be a tensor, a list of tensors or an optional tensor.
bool may_hold_tensor(const Value* value) {
  if (const auto constant = torch::jit::toIValue(value))
    return constant->isTensor() || constant->isTensorList();
  c10::TypePtr type = value->type();
  if (const auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
  if (const auto list = type->cast<c10::ListType>()) type = list->getElementType();
  return type->isSubtypeOf(*c10::TensorType::get());
}

/// Whether the node is a two-dimensional convolution, not transposed, with numeric padding and a constant
/// weight.
bool is_convolution(const Node* node) {
  const bool scripted = is(node, "aten::conv2d");
  if (!scripted && !is(node, "aten::_convolution")) return false;
  if (node->namedInput("padding")->type()->kind() == c10::TypeKind::StringType) return false;
  const auto weight = constant_tensor(node->namedInput("weight"));
  if (!weight || weight->dim() != 4) return false;
  return scripted || torch::jit::constant_as<bool>(node->namedInput("transposed")) == false;
}

bool has_weights(const Node* node) {
  const bool linear = is(node, "aten::linear") && constant_tensor(node->namedInput("weight")).has_value();
  return (linear || is_convolution(node)) && torch::jit::toIValue(node->namedInput("bias")).has_value();
}

/// Whether the operator, computed in half precision, is about as accurate as a layer in half precision.
bool works_in_half(const Node* node) {
  return is_any(node, {"aten::add",
                       "aten::avg_pool2d",
                       "aten::contiguous",
                       "aten::dropout",
                       "aten::flatten",
                       "aten::gelu",
                       "aten::max_pool2d",
                       "aten::mul",
                       "aten::permute",
                       "aten::relu",
                       "aten::reshape",
                       "aten::scaled_dot_product_attention",
                       "aten::select",
                       "aten::sigmoid",
                       "aten::silu",
                       "aten::slice",
                       "aten::transpose",
                       "aten::unsqueeze",
                       "aten::upsample_nearest2d",
                       "aten::view"});
}

bool all_uses(const Value* value, const char* name) {
  return std::ranges::all_of(value->uses(),
                             [name](const torch::jit::Use& use) { return is(use.user, name); });
}

/// Whether the node makes a list that is only concatenated.
bool is_list_for_cat(const Node* node) {
  return is(node, "prim::ListConstruct") && all_uses(node->output(), "aten::cat");
}

/// Whether the node splits a tensor into a list that is only unpacked.
bool is_unpacked(const Node* node) {
  return is_any(node, {"aten::unbind", "aten::chunk"}) && all_uses(node->output(), "prim::ListUnpack");
}

class HalfPrecision {
 public:
  HalfPrecision(const std::shared_ptr<Graph>& graph, at::ScalarType type)
      : graph_(graph), type_(type), aliases_(graph) {}

  void convert(Block* block) {
    const std::vector<Node*> nodes(block->nodes().begin(), block->nodes().end());  // casts will be inserted
    for (Node* node : nodes) convert(node);
    leave_half(block->return_node());
  }

 private:
  void convert(Node* node) {
    for (Block* block : node->blocks()) convert(block);
    if (has_weights(node)) return convert_layer(node);
    if (is_any(node, {"aten::size", "aten::dim", "aten::len"})) return;  // they read only the shape
    const bool list = is_any(node, {"aten::cat", "prim::ListUnpack"});
    const bool may = works_in_half(node) || is_list_for_cat(node) || is_unpacked(node) || list;
    if (may && all_half(node)) {
      for (Value* output : node->outputs()) keep(output);
    } else {
      leave_half(node);
    }
  }

  void convert_layer(Node* node) {
    const WithInsertPoint here(node);
    Value* const input = node->inputs()[0];
    if (!half_.contains(input)) node->replaceInput(0, cast(input, type_));
    for (const char* name : {"weight", "bias"}) {
      const auto constant = constant_tensor(node->namedInput(name));
      if (!constant) continue;
      node->replaceInputWith(node->namedInput(name), graph_->insertConstant(constant->to(type_)));
    }
    node->output()->setType(c10::TensorType::get());
    keep(node->output());
  }

  Value* cast(Value* value, at::ScalarType type) {
    return graph_->insert(c10::Symbol::fromQualString("aten::to"),
                          {value, type, false, false, c10::IValue()});
  }

  /// Marks a value as half precision. A value that is modified in place must be a single tensor for all its
  /// users, so it is cast to float32 immediately instead.
  void keep(Value* value) {
    if (!aliases_.hasWriters(value)) {
      half_.insert(value);
      return;
    }
    const WithInsertPoint behind(value->node()->next());
    Value* const full = cast(value, at::kFloat);
    value->replaceAllUsesAfterNodeWith(full->node(), full);
  }

  /// Whether all tensors that the node takes are in half precision, and it takes at least one.
  bool all_half(const Node* node) const {
    bool any = false;
    for (const Value* input : node->inputs()) {
      if (half_.contains(input)) {
        any = true;
      } else if (may_hold_tensor(input)) {
        return false;
      }
    }
    return any;
  }

  /// Replaces the node's half-precision inputs by float32.
  void leave_half(Node* node) {
    for (std::size_t i = 0; i < node->inputs().size(); ++i) {
      Value* const input = node->inputs()[i];
      if (half_.contains(input) && is_tensor(input)) node->replaceInput(i, full(input));
    }
  }

  /// The value in float32, cast once, right after the node that makes it.
  Value* full(Value* value) {
    Value*& known = full_[value];
    if (known == nullptr) {
      const WithInsertPoint behind(value->node()->next());
      known = cast(value, at::kFloat);
    }
    return known;
  }

  std::shared_ptr<Graph> graph_;
  at::ScalarType type_;
  AliasDb aliases_;
  std::unordered_set<const Value*> half_;
  std::unordered_map<const Value*, Value*> full_;
};

/// Whether the value is an integer: `view` with another dtype has one in place of a shape.
bool is_number(const Value* value) { return value->type()->kind() == c10::TypeKind::IntType; }

/// Fuses convolutions with the sum and relu that follow them.
class Fusion {
 public:
  Fusion(const std::shared_ptr<Graph>& graph, at::MemoryFormat layout)
      : graph_(graph), layout_(layout), aliases_(graph) {}

  /// Replaces views by reshapes. A view needs contiguous elements, which a channels-last tensor doesn't have;
  /// a reshape copies if necessary.
  void allow_any_layout(Block* block) {
    const std::vector<Node*> nodes(block->nodes().begin(), block->nodes().end());
    for (Node* node : nodes) {
      for (Block* inner : node->blocks()) allow_any_layout(inner);
      const bool to_shape = is(node, "aten::view") && !is_number(node->inputs()[1]);
      if (!to_shape || aliases_.hasWriters(node->output())) continue;
      const WithInsertPoint here(node);
      Value* const reshaped = graph_->insert(c10::Symbol::fromQualString("aten::reshape"),
                                             {node->inputs()[0], node->inputs()[1]});
      node->output()->replaceAllUsesWith(reshaped);
      gone_.insert(node);
      node->destroy();
    }
  }

  void run(Block* block) {
    const std::vector<Node*> nodes(block->nodes().begin(), block->nodes().end());
    for (Node* node : nodes) {
      if (gone_.contains(node)) continue;
      for (Block* inner : node->blocks()) run(inner);
      if (is_convolution(node)) fuse(node);
    }
  }

 private:
  void fuse(Node* node) {
    std::vector<Node*> chain{node};
    Value* added = nullptr;
    if (Node* const sum = only_user(node); sum != nullptr && is(sum, "aten::add")) {
      added = other_summand(sum, node);
      if (added != nullptr) chain.push_back(sum);
    }
    Node* const after = only_user(chain.back());
    const bool relu = after != nullptr && is(after, "aten::relu");
    if (relu) chain.push_back(after);
    replace(chain, added, relu);
  }

  Node* only_user(const Node* node) const {
    const auto& uses = node->output()->uses();
    const bool alone = uses.size() == 1 && uses[0].user->owningBlock() == node->owningBlock();
    return alone && !aliases_.hasWriters(node->output()) ? uses[0].user : nullptr;
  }

  /// The tensor that the convolution's output is added to, if the sum may overwrite it: it shares no memory,
  /// exists before the convolution, and isn't used afterwards. Null otherwise.
  Value* other_summand(Node* sum, const Node* convolution) const {
    const auto alpha = torch::jit::toIValue(sum->inputs().back());
    const bool plain = sum->inputs().size() == 3 && alpha && alpha->isScalar() && alpha->toScalar().equal(1);
    if (!plain) return nullptr;
    Value* const other = sum->inputs()[sum->inputs()[0] == convolution->output() ? 1 : 0];
    const Node* const made = other->node();
    const bool own = gives_new_tensor(made) && made->owningBlock() == convolution->owningBlock() &&
                     made->isBefore(convolution);
    const auto ends = [&](const torch::jit::Use& use) {
      return use.user == sum ||
             (gives_new_tensor(use.user) && use.user->owningBlock() == convolution->owningBlock() &&
              use.user->isBefore(convolution));
    };
    return own && std::ranges::all_of(other->uses(), ends) ? other : nullptr;
  }

  /// Whether the operator returns a new tensor that shares no memory with another.
  static bool gives_new_tensor(const Node* node) {
    return node->kind() == convolution_operator() || node->kind() == convolution_into_operator() ||
           is_convolution(node) ||
           is_any(node, {"aten::relu", "aten::max_pool2d", "aten::upsample_nearest2d"});
  }

  /// Replaces a convolution and the nodes fused with it by one node.
  void replace(const std::vector<Node*>& chain, Value* added, bool relu) {
    Node* const node = chain.front();
    const WithInsertPoint here(node);
    const auto input = [&](const char* name) { return node->namedInput(name); };
    const at::Tensor weight = constant_tensor(input("weight"))->contiguous(layout_);
    std::vector<Value*> inputs{input("input"),   graph_->insertConstant(weight),
                               input("bias"),    input("stride"),
                               input("padding"), input("dilation"),
                               input("groups"),  graph_->insertConstant(relu)};
    if (added != nullptr) inputs.insert(inputs.begin(), added);
    Node* const fused = graph_->insertNode(
        graph_->create(added == nullptr ? convolution_operator() : convolution_into_operator(), inputs));
    fused->output()->setType(c10::TensorType::get());
    chain.back()->output()->replaceAllUsesWith(fused->output());
    for (auto gone = chain.rbegin(); gone != chain.rend(); ++gone) {
      (*gone)->destroy();
      gone_.insert(*gone);
    }
  }

  std::shared_ptr<Graph> graph_;
  at::MemoryFormat layout_;
  AliasDb aliases_;
  std::unordered_set<const Node*> gone_;
};

std::shared_ptr<Graph> without_mutation(const torch::jit::Module& frozen) {
  std::shared_ptr<Graph> graph = frozen.get_method("forward").graph();
  torch::jit::RemoveListMutation(graph);
  torch::jit::RemoveTensorMutation(graph);
  return graph;
}

}  // namespace

void forget_inlined_functions(const torch::jit::Module& frozen) {
  torch::jit::Function& forward = frozen.get_method("forward").function();
  std::shared_ptr<Graph> graph = frozen.get_method("forward").graph();
  torch::jit::DepthFirstGraphNodeIterator nodes(graph);
  for (Node* node = nodes.next(); node != nullptr; node = nodes.next()) {
    if (!node->callstack()) continue;
    node->setCallStack(c10::make_intrusive<torch::jit::InlinedCallStack>(&forward, node->sourceRange()));
  }
}

void to_half_precision(const torch::jit::Module& frozen, at::ScalarType type) {
  const auto graph = without_mutation(frozen);
  HalfPrecision(graph, type).convert(graph->block());
  torch::jit::EliminateDeadCode(graph);
}

void fuse_convolutions(const torch::jit::Module& frozen, at::MemoryFormat layout) {
  const auto graph = without_mutation(frozen);
  Fusion fusion(graph, layout);
  fusion.allow_any_layout(graph->block());
  fusion.run(graph->block());
  torch::jit::EliminateDeadCode(graph);
}

}  // namespace tise::models
