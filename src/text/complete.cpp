// Completes the items of a captions file from their captions. What an item states always wins.

#include <algorithm>

#include "positions.h"
#include "tise/base/error.h"
#include "tise/data/place.h"
#include "tise/text/annotate.h"

namespace tise::text {
namespace {

/// An item and its file, for messages.
struct Place {
  const data::Item& item;
  const std::filesystem::path& captions;

  [[noreturn]] void fail(const std::string& why) const {
    throw InputError("captions " + captions.string() + ": " + data::place_of(item) + ": " + why);
  }
};

std::string label_for(const std::string& name, const std::string& field, const Lexicon& lexicon,
                      const Place& place) {
  if (const auto label = lexicon.label_of(name)) return *label;
  place.fail("unknown class \"" + name + "\" in \"" + field + "\"; the closest of the detector's " +
             std::to_string(lexicon.labels().size()) + " classes is \"" + lexicon.nearest(name) + "\"");
}

void use_labels(data::Item& item, const Lexicon& lexicon, const Place& place) {
  if (item.counts) {
    std::map<std::string, double> counts;
    for (const auto& [name, number] : *item.counts)
      counts[label_for(name, "counts", lexicon, place)] += number;
    item.counts = std::move(counts);
  }
  if (item.objects) {
    std::vector<std::string> objects;
    for (const std::string& name : *item.objects) {
      const std::string label = label_for(name, "objects", lexicon, place);
      if (std::find(objects.begin(), objects.end(), label) == objects.end()) objects.push_back(label);
    }
    item.objects = std::move(objects);
  }
}

void check_opposite(const data::Item& item, const Place& place) {
  if (item.opposite->empty()) place.fail("\"opposite\" is empty");
  if (*item.opposite == item.caption) place.fail("\"opposite\" is the same as the caption");
}

void derive_opposite(data::Item& item, const Place& place) {
  item.opposite = opposite_caption(item.caption, *item.position);
  if (item.opposite) return;
  const std::string stated = "\"position\" is \"" + *item.position + "\", ";
  if (positional_word(*item.position)) {
    place.fail(stated + "which the caption does not contain; state its \"opposite\" too");
  }
  place.fail(stated + "for which no opposite is known; state its \"opposite\" too");
}

}  // namespace

void complete_position(data::Item& item, const std::filesystem::path& captions) {
  if (item.opposite) check_opposite(item, {item, captions});
  if (item.position) item.position = positional_word(*item.position).value_or(*item.position);
  if (item.position && !item.opposite) return derive_opposite(item, {item, captions});
  if (item.position) return;
  const auto position = find_position(item.caption);
  if (!position) return;
  item.position = position->word;
  if (!item.opposite) item.opposite = position->opposite;
}

void complete(data::Item& item, const Lexicon& lexicon, const std::filesystem::path& captions) {
  use_labels(item, lexicon, {item, captions});
  if (item.counts && item.objects) return complete_position(item, captions);
  Annotation derived = annotate(item.caption, lexicon);
  if (item.position || item.opposite) {
    complete_position(item, captions);
  } else {
    item.position = std::move(derived.position);
    item.opposite = std::move(derived.opposite);
  }
  if (!item.counts) item.counts = std::move(derived.counts);
  if (!item.objects) item.objects = std::move(derived.objects);
}

}  // namespace tise::text
