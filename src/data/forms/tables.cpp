// Tables with a header row: CSV (COCO-30k, ESD, DrawBench, DPG, OneIG, Hugging Face's metadata.csv) and, with
// tabs, TSV (PartiPrompts, MLPerf's captions_source.tsv).

#include <algorithm>

#include "../forms.h"
#include "tise/base/concat.h"
#include "tise/base/utf8.h"

namespace tise::data {
namespace {

bool is_separated_by_tabs(const TableFormat& table) { return table.separator == '\t'; }

/// Labels need an image beside them; captions can be found by their place in the file.
bool has_columns(const Content& content, const TableFormat& table) {
  return content.is_of_captions() ||
         std::ranges::any_of(table.columns, [](const std::string& name) { return kImageNames.has(name); });
}

bool is_csv(const Content& content) {
  const std::optional<TableFormat>& table = content.table();
  return table && !is_separated_by_tabs(*table) && has_columns(content, *table);
}

bool is_tsv(const Content& content) {
  const std::optional<TableFormat>& table = content.table();
  return table && is_separated_by_tabs(*table) && has_columns(content, *table);
}

void read_separated(const Content& content, std::string_view separators, const TakeRecord& take) {
  const auto table = find_table(content.source(), content.values(), separators);
  if (!table) {
    fail(content.source(),
         concat("its first line names no ", content.value_name(), " (", choice_of(content.values().all),
                "): ", excerpt(content.source().text, 40)));
  }
  read_table(content.source(), *table, content.values(), take);
}

void read_csv(const Content& content, const TakeRecord& take) { read_separated(content, ",;|", take); }

void read_tsv(const Content& content, const TakeRecord& take) { read_separated(content, "\t", take); }

}  // namespace

constinit const Form kCsv{.name = "csv",
                          .title = "CSV",
                          .what = "a header row, then a caption a row; commas, semicolons or bars between",
                          .fits = &is_csv,
                          .read = &read_csv,
                          .has_fields = true,
                          .has_labels = true};

constinit const Form kTsv{.name = "tsv",
                          .title = "TSV",
                          .what = "the same with tabs",
                          .fits = &is_tsv,
                          .read = &read_tsv,
                          .has_fields = true,
                          .has_labels = true};

}  // namespace tise::data
