#include "tise/store/provenance.h"

#include <limits>

#include "layout.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/fields.h"
#include "tise/base/files.h"
#include "tise/base/json.h"
#include "tise/base/json_text.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"

namespace tise::store {
namespace {

using Json = nlohmann::ordered_json;

Json read_description(const std::filesystem::path& folder) {
  try {
    return json_or_discarded<Json>(read_text(folder / kDescription, "store"));
  } catch (const NestedTooDeep& error) {
    refuse(folder, concat(kDescription, " is ", error.what()));
  }
}

std::string described(const Json& model) {
  return model.value("name", "?") + " (" + model.value("sha256", "").substr(0, 12) + ")";
}

void check_model(const std::filesystem::path& folder, const std::string& group, const Json& there,
                 const Json& here, const std::string& flag) {
  const std::string remedy = concat("; use another ", flag, ", or the models and flags it was made with");
  if (there.value("sha256", "") != here.value("sha256", "")) {
    refuse(folder, "its " + group + " rows were made with " + described(there) + ", but this run uses " +
                       described(here) + remedy);
  }
  if (there == here) return;
  Json all = here;
  all.update(there);
  for (const auto& [field, unused] : all.items()) {
    const auto in = [&, &name = field](const Json& json) {
      return json.contains(name) ? json_text(json[name]) : "none";
    };
    if (in(there) == in(here)) continue;
    refuse(folder, concat("its ", group, " rows were made with ", field, " ", in(there),
                          ", but this run uses ", in(here), remedy));
  }
}

}  // namespace

void refuse(const std::filesystem::path& folder, const std::string& why) {
  throw InputError("store " + folder.string() + ": " + why);
}

void write_provenance(const std::filesystem::path& folder, const Provenance& provenance) {
  Json json{{"schema", kSchema},
            {"precision", provenance.precision},
            {"device", provenance.device},
            {"models", provenance.models}};
  if (!provenance.run.is_null()) json["run"] = provenance.run;
  write_atomically(folder / kDescription, "store", json_text(json, 2) + "\n");
}

std::optional<Provenance> read_provenance(const std::filesystem::path& folder) {
  const auto path = folder / kDescription;
  if (!exists(path, "store")) return std::nullopt;
  const Json json = read_description(folder);
  if (json.is_discarded()) refuse(folder, concat(kDescription, " does not describe a store: not JSON"));
  const OrderedFields fields(json, [&](const std::string& why) {
    refuse(folder, concat(kDescription, " does not describe a store: ", why));
  });
  const int schema = fields.at("schema").integer(0, std::numeric_limits<int>::max());
  if (schema > kSchema) refuse(folder, "made by a newer tise-eval; update tise-eval");
  if (schema < kSchema) {
    refuse(folder,
           "made by an older tise-eval; use another --store, or delete this one to recompute its rows");
  }
  Provenance provenance;
  provenance.precision = fields.at("precision").text();
  provenance.device = fields.at("device").text();
  const OrderedFields models = fields.at("models").object();
  for (const OrderedField& model : models.all()) provenance.models[std::string(model.name())] = model.json();
  if (const auto run = fields.find("run")) provenance.run = run->json();
  return provenance;
}

void check_compatible(const std::filesystem::path& folder, const Provenance& there, const Provenance& here,
                      const std::string& flag) {
  if (there.precision != here.precision) {
    refuse(folder, "made with --precision " + there.precision + ", but this run uses " + here.precision +
                       "; use another " + flag + " or the same --precision");
  }
  for (const auto& [group, model] : here.models) {
    if (const Json* found = find_in(there.models, group)) check_model(folder, group, *found, model, flag);
  }
}

}  // namespace tise::store
