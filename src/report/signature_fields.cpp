#include "signature_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <system_error>

#include "tise/base/concat.h"
#include "tise/metrics/registry.h"

namespace tise::report {
namespace {

/// A field that every run has, whatever its metrics.
struct RunField {
  std::string_view key;
  std::string_view meaning;
  std::string_view explanation;
  /// Whether it affects the metric.
  bool (*moves)(const metrics::Metric&);
  /// The value that a signature without this field stands for; empty if it stands for nothing.
  std::string_view fallback = {};
};

constexpr auto kEvery = [](const metrics::Metric&) { return true; };
constexpr auto kNone = [](const metrics::Metric&) { return false; };

constexpr std::array kRunFields{
    RunField{"metrics", "the metrics", "The metrics that have a value.", kNone},
    RunField{"captions", "the captions",
             "The first digits of a SHA-256 of the captions and their annotations as given, in order, and of "
             "which of them share an image. Image names and the file format do not affect it.",
             kEvery},
    RunField{"references", "the references",
             "The first digits of a SHA-256 of the captions' references, in order.",
             [](const metrics::Metric& metric) { return metric.items.references; }},
    RunField{
        "order", "the order of the images",
        "The order of the images by name. The first digits of a SHA-256 of the captions' numbers in this "
        "order; without captions, of the names. Runs with different orders can still be ranked and "
        "compared.",
        kNone},
    RunField{"prompts", "whether prompts are fixed",
             "fixed: errors cover only other images for the same prompts. Affects errors, not values.",
             kNone},
    RunField{"transform", "the transform",
             "Steps that all images, including real ones, go through before any network prepares them "
             "(--transform). Statistics of real images must state the same steps.",
             kEvery, "none"},
    RunField{"exif", "EXIF orientations",
             "apply: images are turned upright by their EXIF orientation. Without this field, orientations "
             "are ignored.",
             kEvery, "ignore"},
    RunField{"precision", "the precision", "The arithmetic of the networks.", kEvery},
    RunField{"n", "the number of images",
             "How many images were evaluated. A metric's own n is in the report.", kEvery},
    RunField{"left-out", "the images left out",
             "How many images were skipped (--on-bad-image skip), and the first digits of the SHA-256 of the "
             "numbers of the captions that were evaluated.",
             kEvery},
    RunField{"v", "the version",
             "The version of tise-eval. It fixes every choice that has no field of its own.", kNone},
};

/// A field about a role's network. The first one names the network.
struct RoleDetail {
  std::string_view suffix;       ///< of the role's key
  std::string_view meaning;      ///< empty: the role's
  std::string_view explanation;  ///< empty: the role's
  /// Affects only metrics that use this of real images; kNothing: all that the role's network affects.
  metrics::OfReal of_real = metrics::OfReal::kNothing;
};

constexpr std::array kRoleDetails{
    RoleDetail{"", "", ""},
    RoleDetail{".input", "", "How images are prepared for it."},
    RoleDetail{".real", "the real images",
               "The number of real images, or of objects in them, used for the comparison.",
               metrics::OfReal::kMoments},
    RoleDetail{".set", "the real images",
               "Which real images: the first digits of a SHA-256 of their files' hashes in the order of "
               "their names, or of a statistics file from another tool.",
               metrics::OfReal::kMoments},
    RoleDetail{".rows", "the real images", "The number of real images whose individual features were used.",
               metrics::OfReal::kRows},
    RoleDetail{".rows-set", "the real images", "Which real images these are, hashed like `.set`.",
               metrics::OfReal::kRows},
};

/// Whether the metrics of a role also depend on the network of another role.
bool hangs_on(const metrics::Role& role, const metrics::Role& network) {
  return role.finder == &network ||
         std::ranges::any_of(role.makers, [&](const auto& maker) { return maker.companion == &network; });
}

std::string as_moved(const metrics::Metric& metric, std::string_view archive) {
  return metrics::Chosen{&metric, std::string(archive)}.key();
}

/// Adds the metrics that a role's network affects: those of the role that use this archive. Without an
/// archive, also those that read the network in addition to their own.
void add_moved(SignatureField& field, const metrics::Role& role, std::string_view archive,
               metrics::OfReal of_real) {
  for (const metrics::Metric* metric : metrics::registry()) {
    const bool is_of_real = of_real != metrics::OfReal::kNothing;
    if (is_of_real && (metric->real != of_real || metric->role != &role)) continue;
    if (metric->role == &role) {
      field.metrics.push_back(as_moved(*metric, archive));
    } else if (archive.empty() && hangs_on(*metric->role, role)) {
      field.metrics.push_back(concat(metric->key, "@*"));
    }
  }
}

const metrics::Role* find_role(std::string_view key) {
  const auto found = std::ranges::find(metrics::roles(), key, &metrics::Role::key);
  return found == metrics::roles().end() ? nullptr : *found;
}

/// `clip`, `clip@other`, `clip.input`, `features.real@other`, `detector.threshold`.
std::optional<SignatureField> find_role_field(std::string_view key) {
  const auto [name, archive] = metrics::named(key);
  const std::size_t dot = std::min(name.find('.'), name.size());
  const std::string_view suffix = name.substr(dot);
  const metrics::Role* role = find_role(name.substr(0, dot));
  if (role == nullptr) return std::nullopt;
  for (const RoleDetail& detail : kRoleDetails) {
    if (detail.suffix != suffix) continue;
    SignatureField field{std::string(key), detail.meaning.empty() ? role->meaning : detail.meaning,
                         detail.explanation.empty() ? role->explanation : detail.explanation,
                         /*is_network=*/suffix.empty()};
    add_moved(field, *role, archive, detail.of_real);
    return field;
  }
  for (const metrics::Maker& maker : role->makers) {
    for (const metrics::Setting* setting : maker.settings) {
      if (concat(".", setting->key) != suffix) continue;
      SignatureField field{std::string(key), setting->meaning, setting->explanation};
      field.explain = setting->explain;
      add_moved(field, *role, archive, metrics::OfReal::kNothing);
      return field;
    }
  }
  return std::nullopt;
}

/// `prompt`, `T@other`.
std::optional<SignatureField> find_setting(std::string_view key) {
  const auto [name, archive] = metrics::named(key);
  std::optional<SignatureField> field;
  for (const metrics::Metric* metric : metrics::registry()) {
    for (const metrics::Setting* setting : metric->settings) {
      if (setting->key != name) continue;
      if (!field) {
        field = SignatureField{std::string(key), setting->meaning, setting->explanation};
        field->explain = setting->explain;
      }
      field->metrics.push_back(setting->of_card != nullptr ? as_moved(*metric, archive)
                                                           : concat(metric->key, "@*"));
    }
  }
  return field;
}

std::optional<SignatureField> find_run_field(std::string_view key) {
  const auto found = std::ranges::find(kRunFields, key, &RunField::key);
  if (found == kRunFields.end()) return std::nullopt;
  SignatureField field{std::string(key), found->meaning, found->explanation};
  for (const metrics::Metric* metric : metrics::registry()) {
    if (found->moves(*metric)) field.metrics.push_back(concat(metric->key, "@*"));
  }
  return field;
}

bool needs_encoding(unsigned char byte) { return byte == '%' || byte == '|' || byte < 0x20; }

}  // namespace

bool SignatureField::moves(std::string_view metric) const {
  return std::ranges::any_of(metrics, [&](std::string_view moved) {
    if (moved.ends_with("@*")) return moved.substr(0, moved.size() - 2) == metrics::named(metric).name;
    return moved == metric;
  });
}

std::optional<SignatureField> find_signature_field(std::string_view key) {
  for (const auto find : {&find_run_field, &find_setting, &find_role_field}) {
    if (auto field = find(key)) return field;
  }
  return std::nullopt;
}

std::vector<KeyValue> split_signature(std::string_view signature) {
  std::vector<KeyValue> fields;
  while (!signature.empty()) {
    const std::string_view field = signature.substr(0, signature.find('|'));
    signature.remove_prefix(std::min(field.size() + 1, signature.size()));
    const std::size_t colon = std::min(field.find(':'), field.size());
    fields.push_back({field.substr(0, colon), field.substr(std::min(colon + 1, field.size()))});
  }
  return fields;
}

std::vector<KeyValue> fields_with_fallbacks(std::string_view signature) {
  std::vector<KeyValue> fields = split_signature(signature);
  for (const RunField& field : kRunFields) {
    if (!field.fallback.empty() && std::ranges::find(fields, field.key, &KeyValue::key) == fields.end())
      fields.push_back({field.key, field.fallback});
  }
  return fields;
}

std::map<std::string, std::string> fields_of(std::string_view signature) {
  std::map<std::string, std::string> fields;
  for (const KeyValue& field : fields_with_fallbacks(signature))
    fields[std::string(field.key)] = decode_value(field.value);
  return fields;
}

std::string encode_value(std::string_view value) {
  std::string encoded;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (!needs_encoding(byte)) {
      encoded += c;
      continue;
    }
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", byte);
    encoded += hex;
  }
  return encoded;
}

std::string decode_value(std::string_view value) {
  std::string decoded;
  for (std::size_t i = 0; i < value.size(); ++i) {
    unsigned byte = 0;
    const std::string_view digits = value.substr(std::min(i + 1, value.size()), 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    const bool is_code =
        value[i] == '%' && digits.size() == 2 && error == std::errc() && end == digits.data() + digits.size();
    decoded += is_code ? static_cast<char>(byte) : value[i];
    if (is_code) i += 2;
  }
  return decoded;
}

}  // namespace tise::report
