#include "inputs.h"

#include <algorithm>
#include <set>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/text/annotate.h"

namespace tise::cli {
namespace {

/// The archive whose labels name the classes of objects.
const models::Archive* labelled(const Engine& engine) {
  const models::Archive* detector = engine.archive("maskrcnn");
  return detector != nullptr ? detector : engine.archive("counter");
}

text::Lexicon lexicon_of(const models::Archive& archive) {
  return {archive.card.labels, archive.card.synonyms};
}

}  // namespace

Inputs read_inputs(const EvaluateOptions& options) {
  Inputs inputs;
  if (options.captions) {
    inputs.captions = data::read_captions(*options.captions);
    if (options.references) {
      inputs.references = data::add_references(*inputs.captions, *options.references);
    }
  }
  auto listed = data::list_images(options.images, "images");
  if (listed.left_out.any()) inputs.left_out = data::to_json(listed.left_out);
  inputs.notices = about_left_out(listed.left_out, "images", options.images, "--images");
  const auto missing = options.subset ? data::Missing::kSkip : data::Missing::kFail;
  inputs.dataset = inputs.captions
                       ? data::match(std::move(listed.images), std::move(*inputs.captions), missing)
                       : data::without_captions(std::move(listed.images));
  if (options.captions) check_item_metrics(inputs.dataset, *options.captions);
  inputs.names_sha256 = data::hash_of_names(inputs.dataset.images);
  inputs.pairs_sha256 = data::hash_of_pairs(inputs.dataset);
  inputs.references_sha256 = data::hash_of_references(inputs.dataset);
  inputs.real = open_real(options.real, options.real_objects);
  return inputs;
}

void annotate(Inputs& inputs, const Plan& plan, const Engine& engine) {
  if (!inputs.captions) return;
  const models::Archive* archive = plan.needs.objects ? labelled(engine) : nullptr;
  if (archive != nullptr) {
    const text::Lexicon lexicon = lexicon_of(*archive);
    for (data::Pair& pair : inputs.dataset.pairs) text::complete(pair.item, lexicon, inputs.captions->path);
  } else if (plan.needs.opposites) {
    for (data::Pair& pair : inputs.dataset.pairs) text::complete_position(pair.item, inputs.captions->path);
  }
}

metrics::Classes object_classes(const Engine& engine) {
  metrics::Classes classes;
  const models::Archive* archive = labelled(engine);
  if (archive == nullptr) return classes;
  const text::Lexicon lexicon = lexicon_of(*archive);
  classes.names = lexicon.labels();
  const auto class_of = [&](const std::string& name) -> std::optional<std::size_t> {
    const auto label = lexicon.label_of(name);
    const auto found = std::find(classes.names.begin(), classes.names.end(), label.value_or(""));
    if (found == classes.names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - classes.names.begin());
  };
  for (const std::string& label : archive->card.labels) classes.of_label.push_back(class_of(label));
  classes.counter_place.resize(classes.names.size());
  if (const models::Archive* counter = engine.archive("counter")) {
    for (std::size_t i = 0; i < counter->card.labels.size(); ++i) {
      if (const auto known = class_of(counter->card.labels[i])) classes.counter_place[*known] = i;
    }
  }
  return classes;
}

data::Item sampled_part(data::Item&& item) {
  data::Item part;
  part.id = std::move(item.id);
  part.caption = std::move(item.caption);
  part.cluster = std::move(item.cluster);
  part.metrics = std::move(item.metrics);
  return part;
}

void store_pairs(store::Store& store, data::Dataset& dataset) {
  store.set_pairs(dataset.pairs.size(), [&](std::size_t i) {
    data::Pair& pair = dataset.pairs[i];
    store::StoredPair stored{static_cast<std::int64_t>(pair.number),
                             data::json_line(pair.item, dataset.images[pair.image].name)};
    pair.item = sampled_part(std::move(pair.item));
    return stored;
  });
}

void visit_texts(const data::Item& item, const Plan& plan, const metrics::Settings& settings,
                 const std::function<void(const std::string&)>& visit) {
  const bool references = plan.computes("RefCLIP-S");
  const bool ranked = plan.computes("RP");
  const bool placed = plan.computes("PA") && item.opposite;
  if (references || plan.computes("CLIP-S")) visit(settings.prompt + item.caption);
  if (ranked || placed) visit(item.caption);
  if (placed) visit(*item.opposite);
  if (references) {
    for (const std::string& reference : item.references) visit(settings.prompt + reference);
  }
  if (ranked && settings.rp == metrics::RpEstimator::kSampled) {
    for (const std::string& distractor : item.distractors) visit(distractor);
  }
}

void for_each_text(const store::Store& store, const Plan& plan, const metrics::Settings& settings,
                   const std::function<void(const std::string&)>& visit) {
  store.for_each_pair([&](std::size_t, const std::string& line) {
    visit_texts(data::read_json_line(line, store.name()), plan, settings, visit);
  });
}

void leave_out(const std::vector<pipeline::BadImage>& bad, data::Dataset& dataset, store::Store& store) {
  if (bad.empty()) return;
  constexpr auto kGone = static_cast<std::size_t>(-1);
  std::set<std::string> left_out;
  for (const pipeline::BadImage& image : bad) left_out.insert(image.name);
  std::vector<std::size_t> new_index;
  std::vector<data::ImageFile> images;
  for (data::ImageFile& image : dataset.images) {
    const bool gone = left_out.contains(image.name);
    new_index.push_back(gone ? kGone : images.size());
    if (!gone) images.push_back(std::move(image));
  }
  std::vector<data::Pair> pairs;
  std::vector<store::StoredPair> stored;
  store.for_each_pair([&](std::size_t i, const std::string& line) {
    const std::size_t image = new_index[dataset.pairs[i].image];
    if (image == kGone) return;
    pairs.push_back({std::move(dataset.pairs[i].item), image, dataset.pairs[i].number});
    stored.push_back({static_cast<std::int64_t>(pairs.back().number), line});
  });
  store.set_pairs(stored.size(), [&](std::size_t i) { return std::move(stored[i]); });
  dataset.images = std::move(images);
  dataset.pairs = std::move(pairs);
}

}  // namespace tise::cli
