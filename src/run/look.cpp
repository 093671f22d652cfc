#include "tise/run/look.h"

#include <algorithm>
#include <set>
#include <utility>

#include "devices.h"
#include "inputs.h"
#include "notices.h"
#include "pictures.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/pipeline/encode_images.h"

namespace tise::run {
namespace {

using Json = nlohmann::ordered_json;

/// Images that are read between two checks for a stop.
constexpr std::size_t kBlock = 1024;

ImagesSeen see(const std::vector<data::ImageFile>& images, const std::filesystem::path& path,
               const std::string& role, const Spec& spec, Listener& listener) {
  ImagesSeen seen{.path = path, .count = images.size(), .pictures = {}, .bad = {}, .left_out = {}};
  pipeline::EncodeOptions options;
  options.workers = threads_of(spec.encoding);
  options.opening = spec.encoding.opening;
  options.role = role;
  const pipeline::Monitor monitor{listener.stop(), {}};
  std::vector<pipeline::BadImage> bad;
  PictureCount pictures;
  const std::vector<const data::ImageFile*> order = data::in_reading_order(images);
  for (std::size_t begin = 0; begin < order.size(); begin += kBlock) {
    const std::size_t end = std::min(order.size(), begin + kBlock);
    const auto at = [&](std::size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
    for (auto& one : pipeline::look_over({at(begin), at(end)}, options, monitor)) {
      if (auto* bad_one = std::get_if<pipeline::BadImage>(&one)) {
        bad.push_back(std::move(*bad_one));
        continue;
      }
      pictures.add(std::get<image::PictureHeader>(one));
    }
    listener.progress(role + "s", end, order.size());
  }
  seen.bad = lines_about(bad);
  seen.pictures = pictures.finish();
  return seen;
}

void count_clusters(Seen& seen) {
  std::set<std::pair<bool, std::string_view>> labels;
  for (const data::Pair& pair : seen.dataset.pairs) {
    const data::Item& item = pair.item;
    seen.is_labelled = seen.is_labelled || item.cluster.has_value();
    if (!item.cluster && item.caption.empty()) {
      ++seen.clusters;  // an empty caption is a cluster of its own
    } else {
      labels.emplace(item.cluster.has_value(), item.cluster ? *item.cluster : item.caption);
    }
    seen.with_references += item.references.empty() ? 0 : 1;
    seen.references += item.references.size();
  }
  seen.clusters += labels.size();
}

Json to_json(const ImagesSeen& seen) {
  Json json{{"path", seen.path.string()}, {"count", seen.count}};
  if (const Json pictures = report::to_json(seen.pictures); !pictures.is_null()) json.update(pictures);
  json["bad"] = seen.bad;
  if (!seen.left_out.is_null()) json["left_out"] = seen.left_out;
  return json;
}

}  // namespace

Seen look_at_inputs(const Spec& spec, Listener& listener) {
  const ImagesPlace place(spec.images, listener);
  Inputs inputs = read_inputs(spec, place);
  take_notice(inputs, {});
  Seen seen;
  seen.understood = std::move(inputs.understood);
  seen.pairing = inputs.pairing;
  seen.notices = std::move(inputs.notices);
  if (inputs.captions) {
    seen.format = inputs.captions->format;
    seen.field = inputs.captions->field;
    for (const data::UnknownField& field : inputs.captions->unknown_fields)
      seen.unknown_fields.push_back(field.name);
  }
  seen.dataset = std::move(inputs.dataset);
  count_clusters(seen);
  seen.images = see(seen.dataset.images, spec.images, "image", spec, listener);
  seen.images.left_out = std::move(inputs.left_out);
  if (!inputs.real.images.empty() && !inputs.real.is_store) {
    seen.real = see(inputs.real.images, inputs.real.path, "real image", spec, listener);
    seen.real->left_out = std::move(inputs.real.left_out);
  }
  for (const GivenStatistics& file : inputs.real.statistics)
    seen.real_statistics.push_back(file.given.path.string());
  if (inputs.real.is_store) seen.real_store = inputs.real.path.string();
  for (std::string& sentence : about_pictures(
           seen.images.pictures, seen.real ? &seen.real->pictures : nullptr, spec.encoding.opening))
    seen.notices.push_back(std::move(sentence));
  return seen;
}

Json to_json(const Seen& seen) {
  Json json{{"schema", 1}, {"images", to_json(seen.images)}};
  json["images"]["unused"] = seen.dataset.unused;
  if (!seen.format.empty()) {
    json["captions"] = {{"understood", seen.understood},
                        {"format", seen.format},
                        {"field", seen.field},
                        {"prompts", seen.pairing.prompts},
                        {"rule", seen.pairing.rule},
                        {"pattern", seen.pairing.pattern},
                        {"missing", seen.dataset.missing},
                        {"clusters", seen.clusters},
                        {"references", seen.references},
                        {"unknown_fields", seen.unknown_fields}};
  }
  if (seen.real) json["real"] = to_json(*seen.real);
  if (!seen.real_statistics.empty()) json["real"]["statistics"] = seen.real_statistics;
  if (!seen.real_store.empty()) json["real"]["store"] = seen.real_store;
  json["notices"] = seen.notices;
  Json& pairs = json["pairs"] = Json::array();
  for (const data::Pair& pair : seen.dataset.pairs) {
    Json one{{"id", pair.item.id},
             {"image", seen.dataset.images[pair.image].name},
             {"caption", pair.item.caption}};
    if (!pair.item.references.empty()) one["references"] = pair.item.references;
    if (pair.item.cluster) one["cluster"] = *pair.item.cluster;
    for (const data::Named& field : pair.item.fields) one["fields"][field.name] = field.text;
    pairs.push_back(std::move(one));
  }
  return json;
}

}  // namespace tise::run
