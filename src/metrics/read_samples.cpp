#include "tise/metrics/read_samples.h"

#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/metrics/selection.h"
#include "tise/store/texts.h"

namespace tise::metrics {
namespace {

[[noreturn]] void other_pairs(const store::Reader& store) {
  throw InputError("store " + store.name() +
                   ": its captions changed while this run used it; use a separate store for each run");
}

/// Reads the annotations of a caption's item. Objects become class indices; names that aren't classes are
/// skipped.
void read_annotations(SamplePair& pair, const data::Item& item,
                      const std::unordered_map<std::string_view, std::size_t>& class_of_name) {
  pair.position = item.position.value_or("");
  for (const std::string& name : item.objects.value_or(std::vector<std::string>{})) {
    const auto known = class_of_name.find(name);
    if (known != class_of_name.end()) pair.objects.push_back(known->second);
  }
  pair.objects = sorted_set(std::move(pair.objects));
  for (const auto& [name, number] : item.counts.value_or(std::map<std::string, double>{})) {
    const auto known = class_of_name.find(name);
    if (known != class_of_name.end()) pair.asked.push_back({known->second, number});
  }
}

/// The texts of one encoder, while the pairs are read.
class TextReader {
 public:
  TextReader(const store::Reader& store, const TextSource& source, const std::string& prompt)
      : store_(store), source_(source), prompt_(prompt), table_(store.texts(source.group)) {}

  void add(const data::Item& item) {
    PairTexts& texts = texts_.of_pair.emplace_back();
    texts.prompted = row(prompt_ + item.caption);
    texts.bare = row(item.caption);
    if (item.opposite) texts.opposite = row(*item.opposite);
    texts.references = rows(prompt_, item.references);
    texts.distractors = rows("", item.distractors);
    source_.texts(item, [&](const std::string& text) {
      if (!table_.row(text)) {
        throw InputError(concat("store ", store_.name(), ": no ", source_.group, " row for a text of ",
                                item.id, "; rerun the evaluation to encode what is missing"));
      }
      if (table_.is_cut(text)) cut_.emplace(text);
    });
  }

  Texts finish() && {
    texts_.cut = cut_.size();
    texts_.read = [embeddings = std::move(table_.embeddings)](std::span<const std::size_t> rows) {
      return embeddings.read(rows);
    };
    return std::move(texts_);
  }

 private:
  std::size_t row(const std::string& text) const { return table_.row(text).value_or(kNoRow); }
  /// The rows of those texts that the table has.
  std::vector<std::size_t> rows(const std::string& prompt, const std::vector<std::string>& texts) const {
    std::vector<std::size_t> rows;
    for (const std::string& text : texts) {
      if (const auto known = table_.row(prompt + text)) rows.push_back(*known);
    }
    return rows;
  }

  const store::Reader& store_;
  const TextSource& source_;
  const std::string& prompt_;
  store::TextTable table_;
  Texts texts_;
  std::unordered_set<store::StringKey, store::StringKeyHash> cut_;
};

void read_pairs(Samples& samples, const store::Reader& store, const data::Dataset& dataset,
                std::vector<TextReader>& texts) {
  std::unordered_map<std::string_view, std::size_t> class_of_name;
  for (std::size_t i = 0; i < samples.classes.size(); ++i) class_of_name.emplace(samples.classes[i], i);
  using Numbers = std::unordered_map<store::StringKey, std::size_t, store::StringKeyHash>;
  Numbers captions;  // as written
  Numbers clusters;
  const auto number = [](Numbers& numbers, const std::string& text) {
    return numbers.emplace(store::StringKey(text), numbers.size()).first->second;
  };
  samples.pairs.reserve(dataset.pairs.size());
  store.for_each_pair([&](std::size_t i, const std::string& line) {
    const data::Item item = data::read_json_line(line, store.name());
    if (i >= dataset.pairs.size() || dataset.pairs[i].item.id != item.id) other_pairs(store);
    SamplePair& sample = samples.pairs.emplace_back();
    sample.id = item.id;
    sample.image = dataset.pairs[i].image;
    sample.caption = number(captions, item.caption);
    sample.is_caption_empty = item.caption.empty();
    if (item.cluster) sample.cluster = number(clusters, *item.cluster);
    read_annotations(sample, item, class_of_name);
    sample.metrics = item.metrics;
    for (TextReader& reader : texts) reader.add(item);
  });
  if (samples.pairs.size() != dataset.pairs.size()) other_pairs(store);
}

}  // namespace

Samples read_samples(const store::Reader& store, const data::Dataset& dataset, const Wanted& wanted) {
  Samples samples;
  for (const data::ImageFile& image : dataset.images) samples.images.push_back(image.name);
  samples.classes = wanted.classes;
  for (const Source& source : wanted.sources) {
    if (!samples.groups.contains(source.name()))
      samples.groups[source.name()] = group_rows(store, source, samples.images);
  }
  std::vector<TextReader> texts;
  for (const TextSource& source : wanted.texts) texts.emplace_back(store, source, wanted.prompt);
  read_pairs(samples, store, dataset, texts);
  for (std::size_t i = 0; i < texts.size(); ++i)
    samples.texts[wanted.texts[i].archive] = std::move(texts[i]).finish();
  return samples;
}

}  // namespace tise::metrics
