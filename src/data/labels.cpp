#include "tise/data/labels.h"

#include <array>

#include "forms.h"

namespace tise::data {
namespace {

constexpr std::array<std::string_view, 2> kLabelWords{"label", "class"};
constexpr Names kLabelNames{kLabelWords, kLabelWords.size()};

Item labelled(const Source& source, const std::string& where, const nlohmann::json& record) {
  const Fields fields = item_fields(source, where, record);
  const auto image = find_named(fields, kImageNames);
  const auto label = find_named(fields, kLabelNames);
  if (!image || image->label().empty()) fields.fail("has no image (" + choice_of(kImageNames.own()) + ")");
  if (!label) fields.fail("has no label (" + choice_of(kLabelNames.own()) + ")");
  Item item;
  item.image = image->label();
  item.caption = label->label();
  item.where = where;
  return item;
}

}  // namespace

Captions read_labels(const std::filesystem::path& path) {
  const Source source = read_source(path, "labels");
  Captions labels{.role = source.role, .path = path, .format = {}, .sha256 = source.sha256, .items = {}};
  const Content content(source, kLabelNames, false);
  const Form& form = form_of(content);
  labels.format = form.name;
  form.read(content, [&](const std::string& where, const nlohmann::json& record) {
    labels.items.push_back(labelled(source, where, record));
  });
  if (labels.items.empty()) fail(source, "has no labels");
  return labels;
}

}  // namespace tise::data
