// Nothing is left out silently: warnings about inputs that aren't used or look like mistakes.

#include "notices.h"

#include <algorithm>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/base/utf8.h"

namespace tise::run {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownBad = 3;
constexpr std::size_t kLongestName = 80;

const char* are(std::size_t count) { return count == 1 ? " is " : " are "; }
const char* have(std::size_t count) { return count == 1 ? " has " : " have "; }

/// Whether it is only white space.
bool is_empty_text(const std::string& text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
}

bool uses(const data::Item& item, std::string_view metric) {
  return !item.metrics ||
         std::find(item.metrics->begin(), item.metrics->end(), metric) != item.metrics->end();
}

void add(std::vector<std::string>& all, std::vector<std::string> more) {
  for (std::string& sentence : more) all.push_back(std::move(sentence));
}

/// Whether some metric reads the item's references.
bool reads_references(const data::Item& item, const Plan& plan) {
  return std::any_of(plan.metrics.begin(), plan.metrics.end(), [&](const Planned& planned) {
    return planned.is_computed() && planned.metric().items.references && uses(item, planned.metric().key);
  });
}

/// What is unusual about captions.
struct CaptionNotes {
  std::size_t empty = 0;
  std::size_t scored = 0;           ///< that RefCLIP-S reads
  std::size_t with_references = 0;  ///< of those
  std::size_t empty_references = 0;

  bool some_lack_references() const { return with_references > 0 && with_references < scored; }
};

CaptionNotes notes_on(const data::Dataset& dataset, const Plan& plan) {
  CaptionNotes notes;
  for (const data::Pair& pair : dataset.pairs) {
    if (is_empty_text(pair.item.caption)) ++notes.empty;
    if (!reads_references(pair.item, plan)) continue;
    const std::vector<std::string>& references = pair.item.references;
    ++notes.scored;
    if (!references.empty()) ++notes.with_references;
    notes.empty_references +=
        static_cast<std::size_t>(std::count_if(references.begin(), references.end(), is_empty_text));
  }
  return notes;
}

nlohmann::ordered_json notes_json(const CaptionNotes& notes, const Inputs& inputs) {
  nlohmann::ordered_json json;
  if (!inputs.pairing.pattern.empty()) json["pairing"] = inputs.pairing.pattern;
  if (notes.empty > 0) json["empty"] = notes.empty;
  if (notes.some_lack_references()) json["with_references"] = notes.with_references;
  if (notes.empty_references > 0) json["empty_references"] = notes.empty_references;
  for (const data::UnknownField& field : inputs.captions->unknown_fields)
    json["unknown_fields"].push_back(field.name);
  return json;
}

std::vector<std::string> about_captions(const Inputs& inputs, const CaptionNotes& notes) {
  std::vector<std::string> all;
  const std::vector<data::Pair>& pairs = inputs.dataset.pairs;
  if (notes.empty > 0) {
    all.push_back(concat(notes.empty, " of ", counted(pairs.size(), "caption"), are(notes.empty), "empty"));
  }
  const auto same = [&](const data::Pair& pair) { return pair.item.caption == pairs[0].item.caption; };
  if (pairs.size() > 1 && notes.empty < pairs.size() && std::all_of(pairs.begin(), pairs.end(), same)) {
    all.push_back(concat("all ", pairs.size(),
                         " captions are the same: ", excerpt(pairs[0].item.caption, kLongestName)));
  }
  if (notes.some_lack_references()) {
    const std::size_t some = notes.with_references;
    all.push_back(concat("references: ", some, " of ", notes.scored, " captions", have(some),
                         "references; RefCLIP-S uses only ", some == 1 ? "that one" : "those"));
  }
  if (notes.empty_references > 0) {
    all.push_back(concat(counted(notes.empty_references, "reference"), are(notes.empty_references), "empty"));
  }
  if (inputs.references && inputs.references->unknown > 0) {
    all.push_back(concat(counted(inputs.references->unknown, "image"), " of the references file",
                         have(inputs.references->unknown), "no caption"));
  }
  return all;
}

/// Warns if the folders of generated and real images overlap: a likely mistake in the paths.
std::vector<std::string> about_overlap(const fs::path& images, const fs::path& real) {
  const bool in_real = lies_in(images, real);
  const bool in_images = lies_in(real, images);
  if (images == real || (in_real && in_images)) {
    return {"--real and --images are the same images: distances between them mean nothing"};
  }
  if (in_real) return {"--real contains --images: the generated images are also used as real ones"};
  if (in_images) return {"--images contains --real: the real images may also be used as generated ones"};
  return {};
}

}  // namespace

std::vector<std::string> about_unmatched(const data::Dataset& dataset, std::string_view noun) {
  std::vector<std::string> all;
  const auto such_as = [](const std::string& name) {
    return concat("left out, such as ", excerpt(name, kLongestName));
  };
  if (const std::size_t unused = dataset.unused.size(); unused > 0) {
    all.push_back(concat(counted(unused, "image"), have(unused), "no ", noun, " and", are(unused),
                         such_as(dataset.unused.front())));
  }
  if (const std::size_t missing = dataset.missing.size(); missing > 0) {
    all.push_back(concat(counted(missing, noun), have(missing), "no image and", are(missing),
                         such_as(dataset.missing.front()), " (--subset)"));
  }
  return all;
}

FieldNotices about_fields(const std::vector<data::UnknownField>& unknown, const fs::path& captions) {
  FieldNotices notices;
  std::vector<std::string> others;
  for (const data::UnknownField& field : unknown) {
    const std::string name = excerpt(field.name, kLongestName);
    if (field.meant.empty()) {
      others.push_back(name);
    } else {
      notices.misspelt.push_back(concat("captions ", captions.string(), ": ", counted(field.items, "item"),
                                        have(field.items), "a field ", name,
                                        ", which is ignored; did you mean \"", field.meant, "\"?"));
    }
  }
  if (!others.empty()) notices.others = "captions: ignored fields: " + joined(others);
  return notices;
}

void take_notice(Inputs& inputs, const Plan& plan) {
  std::vector<std::string>& all = inputs.notices;
  add(all, inputs.real.notices);
  add(all, about_unmatched(inputs.dataset, "caption"));
  if (inputs.captions) {
    const CaptionNotes notes = notes_on(inputs.dataset, plan);
    inputs.caption_notes = notes_json(notes, inputs);
    add(all, about_fields(inputs.captions->unknown_fields, inputs.captions->path).misspelt);
    add(all, about_captions(inputs, notes));
  }
  if (!inputs.real.images.empty()) add(all, about_overlap(inputs.images, inputs.real.path));
}

std::vector<std::string> lines_about(const std::vector<pipeline::BadImage>& bad) {
  std::vector<std::string> lines;
  for (const pipeline::BadImage& image : bad) lines.push_back(image.name + ": " + image.why);
  return lines;
}

nlohmann::ordered_json to_json(const std::vector<pipeline::BadImage>& bad) {
  auto list = nlohmann::ordered_json::array();
  for (const pipeline::BadImage& image : bad) list.push_back({{"name", image.name}, {"why", image.why}});
  return list;
}

std::vector<pipeline::BadImage> bad_images(const nlohmann::ordered_json& list) {
  std::vector<pipeline::BadImage> bad;
  for (const auto& image : list) bad.push_back({image.at("name"), image.at("why")});
  return bad;
}

std::string about_skipped(const std::vector<pipeline::BadImage>& bad, std::size_t total,
                          std::string_view role) {
  std::vector<std::string> shown = lines_about(bad);
  shown.resize(std::min(shown.size(), kShownBad));
  return concat(bad.size(), " of ", counted(total, role), are(bad.size()),
                "left out (--on-bad-image skip): ", joined(shown, "; "), bad.size() > kShownBad ? "; …" : "");
}

void warn_of_skipped(const std::vector<pipeline::BadImage>& bad, std::size_t total, std::string_view role,
                     Listener& listener) {
  if (!bad.empty()) listener.warn(about_skipped(bad, total, role));
}

void refuse_if_all_are_bad(const std::vector<pipeline::BadImage>& bad, std::size_t total,
                           std::string_view role, const fs::path& place) {
  if (bad.empty() || bad.size() < total) return;
  throw InputError(concat(role, "s ", place.string(), ": none can be used:"), lines_about(bad));
}

}  // namespace tise::run
