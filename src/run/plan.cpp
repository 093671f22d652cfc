#include "tise/run/plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tise/base/concat.h"
#include "tise/models/kind.h"
#include "tise/store/texts.h"
#include "tise/text/lexicon.h"

namespace tise::run {
namespace {

text::Lexicon lexicon_of(const models::Archive& archive) {
  return {archive.card.labels, archive.card.synonyms};
}

/// The class that each label of an archive stands for, if any.
std::vector<std::optional<std::size_t>> classes_of_labels(const models::Archive& archive,
                                                          const models::Archive& labels) {
  const text::Lexicon lexicon = lexicon_of(labels);
  const std::vector<std::string> names = lexicon.labels();
  std::vector<std::optional<std::size_t>> classes;
  for (const std::string& label : archive.card.labels) {
    const auto found = std::ranges::find(names, lexicon.label_of(label).value_or(""));
    classes.push_back(found == names.end() ? std::nullopt
                                           : std::optional(static_cast<std::size_t>(found - names.begin())));
  }
  return classes;
}

/// The rows that an archive makes directly from images.
metrics::Source own_source(const Part& part, const metrics::Settings& settings,
                           const models::Archive* labels) {
  metrics::Source source{part.stem};
  if (!part.archive->card.kind->items.empty()) source.threshold = settings.detector_threshold;
  if (labels == nullptr || part.archive->card.labels.empty()) return source;
  source.class_of_label = classes_of_labels(*part.archive, *labels);
  source.classes = class_names(labels).size();
  return source;
}

/// Adds a group to the table. If it is there already, keeps the lower threshold.
void add(std::vector<Group>& groups, Group group) {
  const auto known = std::ranges::find(groups, group.name, &Group::name);
  if (known == groups.end()) {
    groups.push_back(std::move(group));
  } else {
    known->threshold = std::min(known->threshold, group.threshold);
  }
}

}  // namespace

const Part* Planned::part(const metrics::Role& role) const {
  const auto found = std::ranges::find(cast, &role, &Part::role);
  return found == cast.end() ? nullptr : &*found;
}

std::string Planned::group() const {
  const metrics::Role* finder = metric().role->finder;
  return finder == nullptr ? own().stem : concat("crops@", own().stem, "@", part(*finder)->stem);
}

std::vector<const Planned*> Plan::computed() const {
  std::vector<const Planned*> computed;
  for (const Planned& planned : metrics) {
    if (planned.is_computed()) computed.push_back(&planned);
  }
  return computed;
}

bool Plan::reads_real() const {
  return std::ranges::any_of(computed(),
                             [](const Planned* planned) { return planned->metric().reads_real(); });
}

const models::Archive* Plan::labels() const {
  for (const Planned* planned : computed()) {
    const Part* labels = planned->part(metrics::kLabels);
    if (planned->metric().items.objects && labels != nullptr) return labels->archive;
  }
  return nullptr;
}

GroupTable groups_of(const std::vector<const Planned*>& metrics) {
  std::vector<Group> groups;
  for (const Planned* planned : metrics) {
    const Part& own = planned->own();
    if (const metrics::Role* finder = planned->metric().role->finder) {
      const Part& found = *planned->part(*finder);
      add(groups, {found.stem, found.stem, found.archive});
      add(groups, {.name = planned->group(),
                   .stem = own.stem,
                   .archive = own.archive,
                   .parent = found.stem,
                   .threshold = planned->settings.detector_threshold});
    } else {
      add(groups, {own.stem, own.stem, own.archive});
    }
    if (planned->metric().texts != nullptr)
      add(groups,
          {.name = store::texts_of(own.stem), .stem = own.stem, .archive = own.archive, .is_of_texts = true});
  }
  return std::make_shared<const std::vector<Group>>(std::move(groups));
}

metrics::Source source_of(const Planned& planned, const models::Archive* labels) {
  if (!planned.is_of_crops()) return own_source(planned.own(), planned.settings, labels);
  return {planned.group(), planned.settings.detector_threshold};
}

metrics::Source objects_of(const Planned& planned, const models::Archive* labels) {
  return own_source(*planned.part(*planned.metric().role->finder), planned.settings, labels);
}

std::string column_of(const Planned& planned) {
  const std::string_view column = planned.metric().column;
  return std::string(column.empty() ? planned.own().maker->column : column);
}

std::vector<std::string> class_names(const models::Archive* labels) {
  return labels == nullptr ? std::vector<std::string>() : lexicon_of(*labels).labels();
}

}  // namespace tise::run
