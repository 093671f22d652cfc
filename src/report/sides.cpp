#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "difference.h"

namespace tise::report {
namespace {

/// The key by which lines of the two sides are matched; empty in runs without captions.
std::string caption_of(const SampleLine& line) {
  if (!line.caption) return "";
  return line.caption->empty() ? "id " + line.id : "caption " + *line.caption;
}

/// Numbers texts. Equal texts get the same number, but an empty text gets a new one each time.
class Labels {
 public:
  std::size_t operator()(const std::string& text) {
    if (text.empty()) return next_++;
    const auto [known, is_new] = labels_.try_emplace(text, next_);
    if (is_new) ++next_;
    return known->second;
  }
  std::size_t size() const { return next_; }

 private:
  std::unordered_map<std::string, std::size_t> labels_;
  std::size_t next_ = 0;
};

/// Labels by captions, clusters and images for the lines of both sides.
struct AllLabels {
  Labels captions;
  Labels clusters;
  std::size_t images = 0;

  Side side_of(const SampleSet& set) {
    Side side{set, {}, {}, {}};
    Labels of_images;
    for (const SampleLine& line : set.lines) {
      side.captions.push_back(captions(caption_of(line)));
      side.clusters.caption.push_back(clusters(cluster_of(line)));
      side.clusters.image.push_back(images + of_images(line.image));
    }
    images += of_images.size();
    if (set.prompts == metrics::Prompts::kFixed)
      side.clusters.prompt = metrics::components_of({side.captions, side.clusters.image});
    return side;
  }
};

using Lines = std::vector<std::size_t>;

std::vector<Lines> lines_by_caption(const Side& side, std::size_t captions) {
  std::vector<Lines> lines(captions);
  for (std::size_t i = 0; i < side.clusters.caption.size(); ++i) lines[side.captions[i]].push_back(i);
  return lines;
}

/// Moves lines whose ids exist on the other side to the front, sorted by id.
void put_common_ids_first(const SampleSet& set, Lines& lines, const SampleSet& other,
                          const Lines& other_lines) {
  std::unordered_set<std::string_view> ids;
  for (const std::size_t line : other_lines) ids.insert(other.lines[line].id);
  const auto first_own = std::stable_partition(
      lines.begin(), lines.end(), [&](std::size_t line) { return ids.contains(set.lines[line].id); });
  std::sort(lines.begin(), first_own,
            [&](std::size_t a, std::size_t b) { return set.lines[a].id < set.lines[b].id; });
}

/// Two matched lines.
struct Match {
  std::size_t baseline = 0;
  std::size_t other = 0;
};

std::vector<Match> matches_of(const Side& baseline, const Side& other, std::size_t captions) {
  std::vector<Lines> ours = lines_by_caption(baseline, captions);
  std::vector<Lines> theirs = lines_by_caption(other, captions);
  std::vector<Match> matches;
  for (std::size_t caption = 0; caption < captions; ++caption) {
    Lines& a = ours[caption];
    Lines& b = theirs[caption];
    if (a.empty() || b.empty()) continue;
    put_common_ids_first(baseline.set, a, other.set, b);
    put_common_ids_first(other.set, b, baseline.set, a);
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
      matches.push_back({a[i % a.size()], b[i % b.size()]});
  }
  return matches;
}

/// Joins the labels of matched lines and stores the joined labels in `matched`.
void join_matched(Sides& sides, const std::vector<Match>& matches, std::size_t labels,
                  std::vector<std::size_t> metrics::Clusters::*way) {
  metrics::Joined joined(labels);
  for (const auto& [a, b] : matches)
    joined.join((sides.baseline.clusters.*way)[a], (sides.other.clusters.*way)[b]);
  for (Side* side : {&sides.baseline, &sides.other}) {
    for (const std::size_t label : side->clusters.*way) (side->matched.*way).push_back(joined.root(label));
  }
}

}  // namespace

std::string cluster_of(const SampleLine& line) {
  return line.cluster ? "cluster " + *line.cluster : caption_of(line);
}

metrics::Clusters clusters_of(const SampleSet& set) { return AllLabels().side_of(set).clusters; }

Sides sides_of(const SampleSet& baseline, const SampleSet& other) {
  AllLabels labels;
  Side first = labels.side_of(baseline);
  Sides sides{std::move(first), labels.side_of(other)};
  const auto matches = matches_of(sides.baseline, sides.other, labels.captions.size());
  join_matched(sides, matches, labels.clusters.size(), &metrics::Clusters::caption);
  join_matched(sides, matches, labels.images, &metrics::Clusters::image);
  return sides;
}

SharedLines shared_lines(const Sides& sides, const std::string& metric) {
  const auto [baseline, other] = sides.metric(metric);
  const auto captions_of = [](const Side& side, const metrics::Influence& influence) {
    std::unordered_set<std::size_t> captions;
    for (std::size_t i = 0; i < influence.size(); ++i) {
      if (influence[i]) captions.insert(side.captions[i]);
    }
    return captions;
  };
  const auto lines_of = [](const Side& side, const metrics::Influence& influence, const auto& captions) {
    Lines lines;
    for (std::size_t i = 0; i < influence.size(); ++i) {
      if (influence[i] && captions.contains(side.captions[i])) lines.push_back(i);
    }
    return lines;
  };
  return {lines_of(sides.baseline, baseline.influence, captions_of(sides.other, other.influence)),
          lines_of(sides.other, other.influence, captions_of(sides.baseline, baseline.influence))};
}

}  // namespace tise::report
