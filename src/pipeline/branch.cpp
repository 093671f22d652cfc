#include "tise/pipeline/branch.h"

#include <ATen/ATen.h>

#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/side_by_side.h"
#include "tise/models/prepare_on_cuda.h"

namespace tise::pipeline {
namespace {

ImageRows image_rows(const std::string& group, const Batch& batch, models::Rows&& rows) {
  if (!rows.items.empty()) rows.columns.emplace_back("lengths", at::tensor(rows.lengths, at::kLong));
  return {group, batch.files, std::move(rows.columns), std::move(rows.items)};
}

bool can_encode(models::Network& network, const at::Tensor& picture) {
  try {
    network.encode_pictures({picture});
    return true;
  } catch (const ModelError&) {
    return false;
  }
}

/// Throws BadPicture if the network fails on one of the pictures but not on an ordinary one: a very thin
/// picture can shrink to nothing when it is resized.
void blame(models::Network& network, const models::Kind& kind, const std::vector<at::Tensor>& pictures,
           const ModelError& error) {
  constexpr std::int64_t kSide = 256;
  if (!can_encode(network, at::full({3, kSide, kSide}, 0.5))) return;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (can_encode(network, pictures[i])) continue;
    const at::IntArrayRef size = pictures[i].sizes();
    throw BadPicture(i, concat("the ", kind.name, " cannot process an image of ", size[2], "x", size[1],
                               " pixels: ", error.what()));
  }
}

models::Rows encode_pictures(models::Network& network, const models::Card& card, const Batch& batch) {
  std::vector<at::Tensor> pictures(batch.pixels.size());
  side_by_side_in(static_cast<std::int64_t>(pictures.size()), kPicturesPerThread,
                  [&](std::int64_t begin, std::int64_t end) {
                    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
                      pictures[i] = image::prepare(*batch.pixels[i], card.input);
                  });
  try {
    return network.encode_pictures(pictures);
  } catch (const models::OutOfMemory&) {
    throw;
  } catch (const ModelError& error) {
    blame(network, *card.kind, pictures, error);
    throw;
  }
}

}  // namespace

Branch encoder(const std::string& group, const image::Preparation& preparation,
               std::function<models::Rows(const at::Tensor&)> encode, c10::Device lanes) {
  Branch branch;
  branch.name = group;
  branch.mixes_sizes = true;
  if (!lanes.is_cuda() || !models::prepares_on_cuda(preparation)) branch.preparation = preparation;
  branch.encode = [group, preparation, encode = std::move(encode)](const Batch& batch, c10::Device device) {
    const at::Tensor pictures = batch.inputs.empty()
                                    ? models::prepare_on_cuda(batch.pixels, preparation, device)
                                    : at::stack(batch.inputs).to(device);
    return std::vector{image_rows(group, batch, encode(pictures))};
  };
  return branch;
}

Branch branch_of(const std::string& group, const Model& model) {
  const models::Card& card = model.archive.card;
  Branch branch;
  if (card.kind->takes == models::Takes::kBatch) {
    const auto encode = [network = model.network](const at::Tensor& pictures) {
      return network(pictures.device()).encode_batch(pictures);
    };
    branch = encoder(group, card.input, encode, model.devices.front());
  } else {
    branch.name = group;
    branch.encode = [group, model](const Batch& batch, c10::Device device) {
      return std::vector{
          image_rows(group, batch, encode_pictures(model.network(device), model.archive.card, batch))};
    };
  }
  branch.batch_divisor = card.kind->batch_divisor;
  branch.load = [model] { model.load(); };
  return branch;
}

}  // namespace tise::pipeline
