#include <ATen/ATen.h>

#include <cassert>
#include <utility>

#include "network.h"
#include "tise/models/torchvision_operators.h"
#include "torch_error.h"

namespace tise::models {
namespace {

/// Boxes are clipped to the picture by the network; this much may be lost to rounding.
constexpr float kSlack = 1.0F;

class MaskRcnn : public Detector {
 public:
  MaskRcnn(const Archive& archive, const Compute& compute)
      : path_(archive.path),
        labels_(static_cast<std::int64_t>(archive.card.labels.size())),
        network_(load_module(archive, compute.device), archive, compute, "to detect objects") {}

  std::vector<Detections> detect(const std::vector<at::Tensor>& images) override {
    if (images.empty()) return {};
    const c10::IValue output = network_(images);
    if (!output.isList() || output.toListRef().size() != images.size()) {
      fail(path_, "does not answer with a list of detections, one for each picture");
    }
    std::vector<Detections> detections;
    for (std::size_t i = 0; i < images.size(); ++i) {
      detections.push_back(checked(output.toListRef()[i], images[i]));
    }
    return detections;
  }

 private:
  Detections checked(const c10::IValue& answer, const at::Tensor& image) const {
    const at::Tensor scores = column(answer, "scores").to(at::kFloat);
    const at::Tensor labels = column(answer, "labels").to(at::kLong);
    const at::Tensor boxes = column(answer, "boxes").to(at::kFloat);
    const std::int64_t n = scores.dim() == 1 ? scores.size(0) : -1;
    if (n < 0 || labels.sizes() != at::IntArrayRef({n}) || boxes.sizes() != at::IntArrayRef({n, 4})) {
      fail(path_, "boxes, labels and scores of a picture are not [n, 4], [n] and [n]");
    }
    check_boxes(boxes, image);
    if (!at::isfinite(scores).all().item<bool>()) fail(path_, "scores are not finite numbers");
    if (n > 0 && (labels.min().item<std::int64_t>() < 1 || labels.max().item<std::int64_t>() > labels_)) {
      fail(path_, "answers with a label beyond the " + std::to_string(labels_) + " of its card");
    }
    const at::Tensor order = std::get<1>(scores.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true));
    return {boxes.index_select(0, order), labels.index_select(0, order), scores.index_select(0, order)};
  }

  at::Tensor column(const c10::IValue& answer, const char* name) const {
    if (answer.isGenericDict()) {
      const auto fields = answer.toGenericDict();
      const auto found = fields.find(name);
      if (found != fields.end() && found->value().isTensor()) return found->value().toTensor().to(at::kCPU);
    }
    fail(path_, std::string("answers without \"") + name + "\" for a picture");
  }

  void check_boxes(const at::Tensor& boxes, const at::Tensor& image) const {
    if (boxes.size(0) == 0) return;
    if (!at::isfinite(boxes).all().item<bool>()) fail(path_, "boxes are not finite numbers");
    const at::Tensor high = std::get<0>(boxes.max(0));
    const bool inside = boxes.min().item<float>() >= -kSlack &&
                        high[2].item<float>() <= static_cast<float>(image.size(2)) + kSlack &&
                        high[3].item<float>() <= static_cast<float>(image.size(1)) + kSlack;
    if (!inside) fail(path_, "answers with a box outside the picture");
  }

  std::filesystem::path path_;
  std::int64_t labels_;
  Network network_;
};

}  // namespace

std::unique_ptr<Detector> load_detector(const Archive& archive, const Compute& compute) {
  register_torchvision_operators();
  return std::make_unique<MaskRcnn>(archive, compute);
}

}  // namespace tise::models
