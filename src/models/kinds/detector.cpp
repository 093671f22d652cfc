// Boxes of objects: Mask R-CNN and similar networks. `forward` takes a list of pictures [3, H, W] of any
// sizes and returns a dictionary for each: `boxes` [n, 4], `labels` [n], `scores` [n].

#include <ATen/ATen.h>

#include <tuple>

#include "../card_fields.h"
#include "../frozen_module.h"

namespace tise::models {
namespace {

/// The network clips boxes to the picture; rounding may put them outside by at most this many pixels.
constexpr float kSlack = 1.0F;

class Detector : public Network {
 public:
  Detector(const Archive& archive, const Compute& compute)
      : labels_(static_cast<std::int64_t>(archive.card.labels.size())),
        module_(archive, compute, "to detect objects") {}

  Rows encode_pictures(const std::vector<at::Tensor>& pictures) override {
    std::vector<at::Tensor> boxes{at::empty({0, 4})};
    std::vector<at::Tensor> labels{at::empty({0}, at::kLong)};
    std::vector<at::Tensor> scores{at::empty({0})};
    Rows rows;
    for (const Detections& found : detect(pictures)) {
      boxes.push_back(found.boxes);
      labels.push_back(found.labels);
      scores.push_back(found.scores);
      rows.lengths.push_back(found.scores.size(0));
    }
    rows.items = {{"boxes", at::cat(boxes)}, {"labels", at::cat(labels)}, {"scores", at::cat(scores)}};
    return rows;
  }

 private:
  std::vector<Detections> detect(const std::vector<at::Tensor>& pictures) {
    if (pictures.empty()) return {};
    const c10::IValue output = module_(pictures);
    if (!output.isList() || output.toListRef().size() != pictures.size()) {
      module_.fail("does not return a list with one detection dictionary per image");
    }
    std::vector<Detections> detections;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      detections.push_back(checked(output.toListRef()[i], pictures[i]));
    }
    return detections;
  }

  Detections checked(const c10::IValue& answer, const at::Tensor& picture) const {
    const at::Tensor scores = column(answer, "scores").to(at::kFloat);
    const at::Tensor labels = column(answer, "labels").to(at::kLong);
    const at::Tensor boxes = column(answer, "boxes").to(at::kFloat);
    const std::int64_t n = scores.dim() == 1 ? scores.size(0) : -1;
    if (n < 0 || labels.sizes() != at::IntArrayRef({n}) || boxes.sizes() != at::IntArrayRef({n, 4})) {
      module_.fail("boxes, labels and scores of an image do not have the shapes [n, 4], [n] and [n]");
    }
    check_boxes(boxes, picture);
    if (!at::isfinite(scores).all().item<bool>()) module_.fail("scores contain numbers that are not finite");
    if (n > 0 && (labels.min().item<std::int64_t>() < 1 || labels.max().item<std::int64_t>() > labels_)) {
      module_.fail("returned a label outside 1 to " + std::to_string(labels_) + ", the labels of its card");
    }
    const auto [falling, order] = scores.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
    const auto count = falling.to(at::kDouble).ge(kLowestScore).sum().item<std::int64_t>();
    const at::Tensor kept = order.narrow(0, 0, count);
    return {boxes.index_select(0, kept), labels.index_select(0, kept), scores.index_select(0, kept)};
  }

  at::Tensor column(const c10::IValue& answer, const char* name) const {
    if (answer.isGenericDict()) {
      const auto fields = answer.toGenericDict();
      const auto found = fields.find(name);
      if (found != fields.end() && found->value().isTensor()) return found->value().toTensor().to(at::kCPU);
    }
    module_.fail(std::string("returned no \"") + name + "\" for an image");
  }

  void check_boxes(const at::Tensor& boxes, const at::Tensor& picture) const {
    if (boxes.size(0) == 0) return;
    if (!at::isfinite(boxes).all().item<bool>()) module_.fail("boxes contain numbers that are not finite");
    const at::Tensor high = std::get<0>(boxes.max(0));
    const bool inside = boxes.min().item<float>() >= -kSlack &&
                        high[2].item<float>() <= static_cast<float>(picture.size(2)) + kSlack &&
                        high[3].item<float>() <= static_cast<float>(picture.size(1)) + kSlack;
    if (!inside) module_.fail("returned a box outside the image");
  }

  std::int64_t labels_;
  FrozenModule module_;
};

/// A detector may find nothing in the probe, so its region proposals' logits are compared instead.
Outputs probe_objectness(const Archive& archive, const at::Tensor& picture, c10::Device device) {
  const torch::jit::Module module = load_module(archive, device);
  const auto method = module.find_method("objectness");
  if (!method) fail(archive.path, "has no method `objectness`, which verification needs");
  const at::NoGradGuard no_grad;
  try {
    const c10::List<at::Tensor> pictures({picture.squeeze(0).to(device)});
    return {{"objectness", (*method)({pictures}).toTensor().to(at::kCPU, at::kFloat)}};
  } catch (const std::exception& error) {
    fail_with(archive.path, "to run on the probe", error);
  }
}

}  // namespace

extern const Kind kDetector{.name = "detector",
                            .made_with = "scripts/export_maskrcnn.py",
                            .takes = Takes::kPictures,
                            .batch_divisor = kPicturesDivisor,
                            .items = {"boxes", "labels", "scores"},
                            .read_card = &read_labels,
                            .load = &load_as<Detector>,
                            .probe = &probe_objectness};

}  // namespace tise::models
