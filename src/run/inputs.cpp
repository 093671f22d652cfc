#include "inputs.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/text/annotate.h"

namespace tise::run {
namespace {

/// Changes the metric names in items ("metrics": only these use the item) to the registry's spelling. Throws
/// InputError if a metric doesn't exist.
void spell_item_metrics(data::Dataset& dataset, const std::filesystem::path& captions) {
  for (data::Pair& pair : dataset.pairs) {
    if (!pair.item.metrics) continue;
    for (std::string& name : *pair.item.metrics) {
      const metrics::Metric* metric = metrics::find_metric(name);
      if (metric == nullptr) {
        const auto chosen = metrics::find_chosen(name);
        throw InputError(concat("captions ", captions.string(), ": ", pair.item.where,
                                ": \"metrics\" contains \"", name, "\", which is not a metric; ",
                                chosen ? concat("write ", chosen->metric->key, ", which covers all archives")
                                       : concat("the metrics are ", metrics::metric_keys())));
      }
      name = metric->key;
    }
  }
}

/// Throws UsageError if --images names a file of captions, and --captions the images.
void refuse_swapped(const Spec& spec) {
  constexpr std::array<std::string_view, 5> kTexts{".json", ".jsonl", ".txt", ".csv", ".tsv"};
  if (!spec.captions || !has_ignoring_case(kTexts, spec.images.extension().string())) return;
  std::error_code ignored;
  const bool are_images = tise::kind_of(*spec.captions, ignored) == PathKind::kFolder ||
                          data::is_archive_name(spec.captions->string());
  if (!are_images || tise::kind_of(spec.images, ignored) != PathKind::kFile) return;
  throw UsageError(concat("--images and --captions look swapped: ", spec.images.string(),
                          " is a file of captions; pass --images ", spec.captions->string(), " --captions ",
                          spec.images.string()));
}

/// Captions, with the fields that appear in the names of their images.
data::Captions read_captions(const Spec& spec, const ImagesPlace& place) {
  data::CaptionsReading reading = spec.captions_reading;
  reading.fields = spec.split_by;
  if (spec.image_pattern) {
    for (std::string& field : data::fields_of_pattern(*spec.image_pattern))
      reading.fields.push_back(std::move(field));
  }
  const std::filesystem::path path = place.path_of(*spec.captions);
  if (path == place.path()) reading.shown = place.shown();
  data::Captions captions = data::read_captions(path, reading);
  captions.path = *spec.captions;
  return captions;
}

/// `; other fields: Category, Note`
std::string others_of(const data::Captions& captions) {
  if (captions.unknown_fields.empty()) return "";
  std::vector<std::string> names;
  for (const data::UnknownField& field : captions.unknown_fields) names.push_back(field.name);
  return "; other fields: " + joined(names);
}

/// Throws InputError if the captions can't be split by a field. Adds a notice if some don't have it.
void check_split(Inputs& inputs, const data::Captions& captions, const std::string& field) {
  constexpr std::size_t kMostValues = 500;
  const std::vector<data::Pair>& pairs = inputs.dataset.pairs;
  std::set<std::string_view> values;
  std::size_t without = 0;
  for (const data::Pair& pair : pairs) {
    const std::string* value = pair.item.field(field);
    if (value != nullptr) values.insert(*value);
    without += value == nullptr ? 1 : 0;
  }
  const std::string said = concat("captions ", captions.path.string(), ": --split-by ", field, ": ");
  if (values.empty())
    throw InputError(concat(said, "no item has a string or number field of this name", others_of(captions)));
  if (values.size() > kMostValues)
    throw InputError(
        concat(said, values.size(), " different values; at most ", kMostValues, " are supported"));
  if (without == 0) return;
  inputs.notices.push_back(concat(without, " of ", counted(pairs.size(), "caption"),
                                  without == 1 ? " has no " : " have no ", field, " and ",
                                  without == 1 ? "is" : "are", " left out of the metrics split by it"));
}

/// Matches captions with images, and records how.
void pair(Inputs& inputs, std::vector<data::ImageFile> images, const Spec& spec) {
  data::Captions& captions = *inputs.captions;
  inputs.pairing = data::pair_images(captions, images, spec.image_pattern);
  if (spec.references) inputs.references = data::add_references(captions, *spec.references);
  data::keep_fields(captions.items, spec.split_by);
  const auto missing = spec.subset ? data::Missing::kSkip : data::Missing::kFail;
  inputs.dataset = data::match(std::move(images), std::move(captions), missing);
  inputs.understood = data::in_words(captions, inputs.pairing, inputs.dataset.images.size(), spec.split_by);
  for (std::string& notice : captions.notices) inputs.notices.push_back(std::move(notice));
  for (const std::string& field : spec.split_by) check_split(inputs, captions, field);
}

}  // namespace

Inputs read_inputs(const Spec& spec, const ImagesPlace& place) {
  if (spec.references && !spec.captions) throw UsageError("--references needs --captions");
  refuse_swapped(spec);
  Inputs inputs;
  inputs.images = spec.images;
  inputs.split_by = spec.split_by;
  inputs.split_metrics = spec.split_metrics;
  if (spec.captions) inputs.captions = read_captions(spec, place);
  auto listed = data::list_images(place.path(), "images", place.shown());
  if (listed.left_out.any()) inputs.left_out = data::to_json(listed.left_out);
  inputs.notices = about_left_out(listed.left_out, "images", place.shown(), "--images");
  if (inputs.captions) {
    pair(inputs, std::move(listed.images), spec);
  } else {
    inputs.dataset = data::without_captions(std::move(listed.images));
  }
  if (spec.captions) spell_item_metrics(inputs.dataset, *spec.captions);
  inputs.names_sha256 = data::hash_of_names(inputs.dataset.images);
  inputs.pairs_sha256 = data::hash_of_pairs(inputs.dataset);
  inputs.references_sha256 = data::hash_of_references(inputs.dataset);
  inputs.real = open_real(spec.real, spec.real_objects);
  return inputs;
}

void complete(Inputs& inputs, const Plan& plan) {
  if (!inputs.captions) return;
  const auto needs_opposite = [](const Planned* planned) { return planned->metric().items.opposites; };
  if (const models::Archive* labels = plan.labels()) {
    const text::Lexicon lexicon(labels->card.labels, labels->card.synonyms);
    for (data::Pair& pair : inputs.dataset.pairs) text::complete(pair.item, lexicon, inputs.captions->path);
  } else if (std::ranges::any_of(plan.computed(), needs_opposite)) {
    for (data::Pair& pair : inputs.dataset.pairs) text::complete_position(pair.item, inputs.captions->path);
  }
}

data::Item sampled_part(data::Item&& item) {
  data::Item part;
  part.id = std::move(item.id);
  part.caption = std::move(item.caption);
  part.cluster = std::move(item.cluster);
  part.fields = std::move(item.fields);
  part.metrics = std::move(item.metrics);
  return part;
}

void store_pairs(store::Writer& store, data::Dataset& dataset) {
  store.set_pairs(dataset.pairs.size(), [&](std::size_t i) {
    data::Pair& pair = dataset.pairs[i];
    store::StoredPair stored{static_cast<std::int64_t>(pair.number),
                             data::json_line(pair.item, dataset.images[pair.image].name)};
    pair.item = sampled_part(std::move(pair.item));
    return stored;
  });
}

void visit_texts(const data::Item& item, const Plan& plan, const std::string& stem,
                 const metrics::TextVisitor& visit) {
  for (const Planned& planned : plan.metrics) {
    const auto& texts = planned.metric().texts;
    if (planned.is_computed() && texts != nullptr && planned.own().stem == stem)
      texts(item, planned.settings, visit);
  }
}

void leave_out(const std::vector<pipeline::BadImage>& bad, data::Dataset& dataset, RunStore& store) {
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
  store.rows().for_each_pair([&](std::size_t i, const std::string& line) {
    const std::size_t image = new_index[dataset.pairs[i].image];
    if (image == kGone) return;
    pairs.push_back({std::move(dataset.pairs[i].item), image, dataset.pairs[i].number});
    stored.push_back({static_cast<std::int64_t>(pairs.back().number), line});
  });
  store.captions().set_pairs(stored.size(), [&](std::size_t i) { return std::move(stored[i]); });
  dataset.images = std::move(images);
  dataset.pairs = std::move(pairs);
}

}  // namespace tise::run
