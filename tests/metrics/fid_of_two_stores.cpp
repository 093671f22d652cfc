// FID of two stores, in a program that links tise_metrics and the rooms that it depends on, but nothing that
// runs networks (CMakeLists.txt).

#include <ATen/ATen.h>

#include <cmath>
#include <iostream>

#include "tise/base/paths.h"
#include "tise/metrics/frechet.h"
#include "tise/metrics/read_samples.h"
#include "tise/store/reader.h"
#include "tise/store/writer.h"

namespace {

using namespace tise;

/// A store of four images with these features.
void fill(const std::filesystem::path& folder, const at::Tensor& features) {
  store::ImageRows rows{"inception", {}, {{"features", features}}, {}};
  for (const char* name : {"a", "b", "c", "d"}) rows.files.push_back({name, {}, "hash"});
  store::Writer writer(folder, {});
  writer.add(std::move(rows));
  writer.flush();
}

metrics::Moments moments_in(const std::filesystem::path& folder) {
  const store::Reader rows({folder});
  metrics::MomentsAccumulator sums;
  const auto group = metrics::group_rows(rows, {"inception"}, {"a", "b", "c", "d"});
  group.visit({"features"}, [&](const metrics::Rows& block) { sums.add(block.at("features")); });
  return sums.moments();
}

}  // namespace

int main() try {
  const auto folder = make_temporary_folder();
  const at::Tensor corners = at::tensor({1.F, 1.F, 1.F, -1.F, -1.F, 1.F, -1.F, -1.F}).view({4, 2});
  fill(folder / "one", corners);
  fill(folder / "other", 2 * corners + at::tensor({3.F, 4.F}));
  const double distance = metrics::frechet_distance(moments_in(folder / "one"), moments_in(folder / "other"));
  remove_folder(folder);
  // The means are 5 apart; the covariances are 4/3 and 16/3 times the identity.
  const double expected = 25 + 2 * std::pow(std::sqrt(16.0 / 3) - std::sqrt(4.0 / 3), 2);
  std::cout << distance << ", by hand " << expected << "\n";
  return std::abs(distance - expected) < 1e-9 ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
