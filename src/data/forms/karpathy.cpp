// Karpathy's splits, dataset_coco.json:
//
//     {"images": [{"filename": "COCO_val2014_000000391895.jpg", "filepath": "val2014", "cocoid": 391895,
//                  "split": "test", "sentences": [{"raw": "A man …"}]}]}
//
// All splits are read; --subset leaves out the captions that have no image.

#include "../forms.h"
#include "tise/base/concat.h"

namespace tise::data {
namespace {

const nlohmann::json* images_of(const Content& content) {
  if (content.object() == nullptr) return nullptr;
  const auto images = content.object()->root.find("images");
  return images != content.object()->root.end() && images->is_array() ? &*images : nullptr;
}

bool is_karpathy(const Content& content) {
  const nlohmann::json* images = images_of(content);
  return images != nullptr && !images->empty() && images->front().is_object() &&
         images->front().contains("sentences");
}

void read_karpathy(const Content& content, const TakeRecord& take) {
  const nlohmann::json* images = images_of(content);
  if (images == nullptr) fail(content.source(), "has no list \"images\"");
  std::size_t number = 0;
  for (const nlohmann::json& image : *images) {
    const std::string where = concat("image ", ++number);
    const Fields fields = fields_of(content.source(), where, image);
    const auto folder = fields.get("filepath", &Field::text);
    const std::string name = fields.at("filename").text();
    const nlohmann::json& sentences = fields.at("sentences").json();
    if (!sentences.is_array() || sentences.empty()) fields.fail("\"sentences\" must be a list of captions");
    nlohmann::json captions = nlohmann::json::array();
    for (const nlohmann::json& sentence : sentences) {
      captions.push_back(fields_of(content.source(), where, sentence).at("raw").text());
    }
    nlohmann::json record{{kImage, folder ? *folder + "/" + name : name}, {content.value_name(), captions}};
    for (const char* key : {"cocoid", "split"}) {
      if (image.contains(key)) record[key] = image.at(key);
    }
    take(where, record);
  }
}

}  // namespace

constinit const Form kKarpathy{
    .name = "karpathy",
    .title = "Karpathy's splits",
    .what = R"({"images": [{"filename": "…", "cocoid": 9, "split": "test", "sentences": [{"raw": "…"}]}]})",
    .fits = &is_karpathy,
    .read = &read_karpathy};

}  // namespace tise::data
