#include "tise/metrics/clusters.h"

#include <algorithm>
#include <unordered_map>

#include "tise/metrics/selection.h"

namespace tise::metrics {
namespace {

constexpr std::uint32_t kPartsSeed = 0;

/// The caption label of pair i of n, or of what replaces the caption: three ranges of n labels each.
std::size_t caption_label(const SamplePair& pair, std::size_t i, std::size_t n) {
  if (pair.cluster) return 2 * n + *pair.cluster;
  return pair.is_caption_empty ? n + i : pair.caption;
}

/// The images of each component. Components are in the order of their first image.
std::vector<std::vector<std::size_t>> images_of_components(const Samples& samples,
                                                           const std::vector<std::size_t>& images) {
  std::vector<std::vector<std::size_t>> groups;
  const std::vector<std::size_t> components = components_of(samples, images);
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (components[i] == groups.size()) groups.emplace_back();
    groups[components[i]].push_back(images[i]);
  }
  return groups;
}

}  // namespace

Clusters clusters_of(const Samples& samples, Prompts prompts) {
  Clusters clusters;
  Clusters captions;  // by caption, whatever the pairs' `cluster`
  const std::size_t n = samples.pairs.empty() ? samples.images.size() : samples.pairs.size();
  for (std::size_t i = 0; i < n; ++i) {
    const bool is_alone = samples.pairs.empty() || samples.pairs[i].is_caption_empty;
    clusters.caption.push_back(samples.pairs.empty() ? i : caption_label(samples.pairs[i], i, n));
    clusters.image.push_back(samples.pairs.empty() ? i : samples.pairs[i].image);
    captions.caption.push_back(is_alone ? n + i : samples.pairs[i].caption);
  }
  if (prompts == Prompts::kSampled) return clusters;
  captions.image = clusters.image;
  clusters.prompt = components_of(captions);
  return clusters;
}

Joined::Joined(std::size_t n) : parent_(numbers_below(n)) {}

std::size_t Joined::root(std::size_t i) {
  while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
  return i;
}

std::vector<std::size_t> components_of(const Clusters& clusters) {
  const auto beyond = [](const std::vector<std::size_t>& labels) {
    return labels.empty() ? 0 : *std::max_element(labels.begin(), labels.end()) + 1;
  };
  const std::size_t captions = beyond(clusters.caption);
  Joined joined(captions + beyond(clusters.image));
  for (std::size_t i = 0; i < clusters.image.size(); ++i)
    joined.join(clusters.caption[i], captions + clusters.image[i]);
  std::unordered_map<std::size_t, std::size_t> numbers;
  std::vector<std::size_t> components;
  for (const std::size_t label : clusters.caption)
    components.push_back(numbers.try_emplace(joined.root(label), numbers.size()).first->second);
  return components;
}

std::vector<std::size_t> components_of(const Samples& samples, const std::vector<std::size_t>& images) {
  const Clusters clusters = clusters_of(samples, Prompts::kSampled);
  const std::vector<std::size_t> components = components_of(clusters);
  std::vector<std::size_t> of_image(samples.images.size(), components.size());
  for (std::size_t i = 0; i < components.size(); ++i) of_image[clusters.image[i]] = components[i];
  std::unordered_map<std::size_t, std::size_t> numbers;
  std::vector<std::size_t> result;
  for (const std::size_t image : images)
    result.push_back(numbers.try_emplace(of_image[image], numbers.size()).first->second);
  return result;
}

Parts parts_of(const Samples& samples, const std::vector<std::size_t>& images) {
  const auto groups = images_of_components(samples, images);
  if (images.size() < kLargestInverse) return {{}, "fewer than 10 images, too few to split in half"};
  for (const auto& group : groups) {
    if (group.size() * kLargestInverse > images.size())
      return {{}, "over a tenth of the images vary together, so they cannot be split in half"};
  }
  Parts parts{std::vector<Part>(samples.images.size(), Part::kOtherHalf), ""};
  std::size_t seen = 0;
  for (const std::size_t group : numpy_permutation(kPartsSeed, groups.size())) {
    seen += groups[group].size();
    if (2 * seen > images.size()) break;
    const Part part = 4 * seen <= images.size() ? Part::kFirstQuarter : Part::kSecondQuarter;
    for (const std::size_t image : groups[group]) parts.of_image[image] = part;
  }
  return parts;
}

}  // namespace tise::metrics
