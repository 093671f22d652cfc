#include "sides.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace tise::report {
namespace {

/// What lines that vary together have in common; empty where a line is alone.
std::string key_of(const SampleLine& line) {
  if (!line.caption) return "";
  return line.caption->empty() ? "id " + line.id : "caption " + *line.caption;
}

/// Labels for captions of both sides.
class CaptionLabels {
 public:
  void put(const SampleSet& set, std::vector<std::size_t>& labels) {
    for (const SampleLine& line : set.lines) {
      const std::string key = key_of(line);
      labels.push_back(key.empty() ? next_++ : label_of(key));
    }
  }
  std::size_t size() const { return next_; }

 private:
  std::size_t label_of(const std::string& key) {
    const auto [known, is_new] = labels_.try_emplace(key, next_);
    if (is_new) ++next_;
    return known->second;
  }
  std::unordered_map<std::string, std::size_t> labels_;
  std::size_t next_ = 0;
};

/// Returns how many images there are.
std::size_t put_images(const SampleSet& set, std::vector<std::size_t>& labels) {
  std::unordered_map<std::string_view, std::size_t> images;
  for (const SampleLine& line : set.lines)
    labels.push_back(images.try_emplace(line.image, images.size()).first->second);
  return images.size();
}

using Lines = std::vector<std::size_t>;

std::vector<Lines> lines_by_caption(const Side& side, std::size_t captions) {
  std::vector<Lines> lines(captions);
  for (std::size_t i = 0; i < side.clusters.caption.size(); ++i) lines[side.clusters.caption[i]].push_back(i);
  return lines;
}

/// Moves lines whose ids the other side has to the front, in the ids' order.
void put_common_ids_first(const SampleSet& set, Lines& lines, const SampleSet& other,
                          const Lines& other_lines) {
  std::unordered_set<std::string_view> ids;
  for (const std::size_t line : other_lines) ids.insert(other.lines[line].id);
  const auto first_own = std::stable_partition(
      lines.begin(), lines.end(), [&](std::size_t line) { return ids.contains(set.lines[line].id); });
  std::sort(lines.begin(), first_own,
            [&](std::size_t a, std::size_t b) { return set.lines[a].id < set.lines[b].id; });
}

}  // namespace

Sides::Sides(const SampleSet& baseline_set, const SampleSet& other_set)
    : baseline{baseline_set, {}, {}}, other{other_set, {}, {}} {
  CaptionLabels captions;
  captions.put(baseline_set, baseline.clusters.caption);
  captions.put(other_set, other.clusters.caption);
  const std::size_t offset = put_images(baseline_set, baseline.clusters.image);
  metrics::Joined images(offset + put_images(other_set, other.clusters.image));

  std::vector<Lines> ours = lines_by_caption(baseline, captions.size());
  std::vector<Lines> theirs = lines_by_caption(other, captions.size());
  for (std::size_t caption = 0; caption < captions.size(); ++caption) {
    Lines& a = ours[caption];
    Lines& b = theirs[caption];
    if (a.empty() || b.empty()) continue;
    put_common_ids_first(baseline_set, a, other_set, b);
    put_common_ids_first(other_set, b, baseline_set, Lines(a));
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      images.join(baseline.clusters.image[a[i % a.size()]], offset + other.clusters.image[b[i % b.size()]]);
    }
  }
  for (const std::size_t image : baseline.clusters.image) baseline.matched.push_back(images.root(image));
  for (const std::size_t image : other.clusters.image) other.matched.push_back(images.root(offset + image));
}

SharedLines shared_lines(const Sides& sides, const std::string& metric) {
  const auto& ours = sides.baseline.metric(metric).influence;
  const auto& theirs = sides.other.metric(metric).influence;
  const auto captions_of = [](const Side& side, const metrics::Influence& influence) {
    std::unordered_set<std::size_t> captions;
    for (std::size_t i = 0; i < influence.size(); ++i) {
      if (influence[i]) captions.insert(side.clusters.caption[i]);
    }
    return captions;
  };
  const auto lines_of = [](const Side& side, const metrics::Influence& influence, const auto& captions) {
    Lines lines;
    for (std::size_t i = 0; i < influence.size(); ++i) {
      if (influence[i] && captions.contains(side.clusters.caption[i])) lines.push_back(i);
    }
    return lines;
  };
  return {lines_of(sides.baseline, ours, captions_of(sides.other, theirs)),
          lines_of(sides.other, theirs, captions_of(sides.baseline, ours))};
}

}  // namespace tise::report
