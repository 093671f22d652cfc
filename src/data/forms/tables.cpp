// Tables with a header row: CSV (COCO-30k, ESD, DrawBench, DPG, OneIG, Hugging Face's metadata.csv) and, with
// tabs, TSV (PartiPrompts, MLPerf's captions_source.tsv).

#include <algorithm>

#include "../forms.h"
#include "tise/base/concat.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

/// Whether the first line names columns, one of them in the content's values, separated by tabs or not
/// (`with_tabs`). Labels also need an image column; captions can be found by their place in the file.
bool is_table(const Content& content, bool with_tabs) {
  const auto table = find_table(content.source(), content.values(), ",\t;|");
  return table && (table->separator == '\t') == with_tabs &&
         (content.is_of_captions() ||
          std::ranges::any_of(table->columns, [](const std::string& name) { return kImageNames.has(name); }));
}

void read_separated(const Content& content, std::string_view separators, const TakeRecord& take) {
  const auto table = find_table(content.source(), content.values(), separators);
  if (!table) {
    fail(content.source(),
         concat("its first line names no ", content.value_name(), " column (",
                choice_of(content.values().all), "): ", excerpt(content.source().text, 40)));
  }
  read_table(content.source(), *table, content.values(), take);
}

void read_csv(const Content& content, const TakeRecord& take) { read_separated(content, ",;|", take); }

void read_tsv(const Content& content, const TakeRecord& take) { read_separated(content, "\t", take); }

}  // namespace

constinit const Form kCsv{
    .name = "csv",
    .title = "CSV",
    .what = "a header row, then one caption per row; separated by commas, semicolons or bars",
    .fits = [](const Content& content) { return is_table(content, false); },
    .read = &read_csv,
    .has_fields = true,
    .has_labels = true};

constinit const Form kTsv{.name = "tsv",
                          .title = "TSV",
                          .what = "a header row, then one caption per row; separated by tabs",
                          .fits = [](const Content& content) { return is_table(content, true); },
                          .read = &read_tsv,
                          .has_fields = true,
                          .has_labels = true};

}  // namespace tise::data
