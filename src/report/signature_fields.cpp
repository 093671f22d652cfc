#include "signature_fields.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace tise::report {
namespace {

constexpr std::array<std::string_view, 12> kAll{"CLIP-S", "RefCLIP-S", "IS",    "IS*",   "FID", "O-IS",
                                                "O-FID",  "RP",        "SOA-C", "SOA-I", "PA",  "CA"};

constexpr std::array kFields{
    SignatureField{"metrics", "what was computed", "The metrics that have a value.", {}},
    SignatureField{"protocol",
                   "whose formulae",
                   "Where the TISE toolbox's code departs from the papers, whose formulae.",
                   {"IS", "IS*", "FID", "O-IS", "O-FID", "SOA-C", "SOA-I", "PA"}},
    SignatureField{"clip", "CLIP", "The network of images and texts.", {"CLIP-S", "RefCLIP-S", "RP", "PA"}},
    SignatureField{"inception", "IS*'s classifier", "The classifier.", {"IS", "IS*"}},
    SignatureField{"FID", "FID's network", "The network whose features FID compares.", {"FID"}},
    SignatureField{
        "objects", "the classifier of objects", "The classifier of crops of objects.", {"O-IS", "O-FID"}},
    SignatureField{
        "detector", "the detector", "The network that finds objects.", {"SOA-C", "SOA-I", "O-IS", "O-FID"}},
    SignatureField{"counts", "what counts for CA", "The network that counts objects.", {"CA"}},
    SignatureField{"labels",
                   "the labels",
                   "The detector whose labels say which words of a caption are objects.",
                   {"CA"}},
    SignatureField{
        "captions", "the captions",
        "The captions and their annotations as given, in order, and which of them share an image: the "
        "first digits of a SHA-256. The names of images and the format of the file don't affect it.",
        kAll},
    SignatureField{"references",
                   "the references",
                   "The captions' references, in order: the first digits of a SHA-256.",
                   {"RefCLIP-S"}},
    SignatureField{
        "order",
        "the order of the images",
        "The order of the images by name. It decides the splits of IS, IS* and O-IS, the halves that "
        "FID and O-FID are extrapolated from, and what --protocol tise drops. The first digits of a "
        "SHA-256: of the captions' numbers in this order, or without captions of the names. Runs of "
        "another order can be ranked and compared.",
        {}},
    SignatureField{
        "prompt", "the prompt of CLIP-S", "Goes before captions and references.", {"CLIP-S", "RefCLIP-S"}},
    SignatureField{
        "splits", "the splits", "Parts of the set; the value is the mean over them.", {"IS", "IS*", "O-IS"}},
    SignatureField{"seed",
                   "the seed of the splits",
                   "Of the permutation before the splits (numpy's legacy generator).",
                   {"IS", "IS*", "O-IS"}},
    SignatureField{"T", "IS*'s temperature", "The logits were divided by it.", {"IS*"}},
    SignatureField{"real", "FID's reference", "How many real images.", {"FID"}},
    SignatureField{"threshold",
                   "the detector's threshold",
                   "The least score of an object.",
                   {"SOA-C", "SOA-I", "O-IS", "O-FID"}},
    SignatureField{"O-T", "O-IS's temperature", "The crops' logits were divided by it.", {"O-IS"}},
    SignatureField{"real-objects", "O-FID's reference", "How many objects in real images.", {"O-FID"}},
    SignatureField{"RP", "RP's estimator", "How the 99 other captions are drawn.", {"RP"}},
    SignatureField{"prompts",
                   "what errors are of",
                   "fixed: of other images for the same prompts alone. Moves errors, no values.",
                   {}},
    SignatureField{"precision", "the precision", "The arithmetic of the networks.", kAll},
    SignatureField{"n", "the number of images",
                   "How many images were evaluated. A metric's own n is in the report.", kAll},
    SignatureField{
        "left-out", "what was left out",
        "How many images were skipped (--on-bad-image skip), and which captions were evaluated: the first "
        "digits of the SHA-256 of their numbers.",
        kAll},
    SignatureField{"v", "the version", "Of tise-eval. What has no field of its own is fixed by it.", {}},
};

bool needs_encoding(unsigned char byte) { return byte == '%' || byte == '|' || byte < 0x20; }

}  // namespace

bool SignatureField::moves(std::string_view metric) const {
  return std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
}

const SignatureField* find_signature_field(std::string_view key) {
  key = key.substr(0, key.find('.'));
  const auto found = std::find_if(kFields.begin(), kFields.end(),
                                  [&](const SignatureField& field) { return field.key == key; });
  return found == kFields.end() ? nullptr : &*found;
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
