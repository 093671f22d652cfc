// FID between the images of two stores (tise-eval --store), such as those of two checkpoints, or a run's
// store and its subfolder `real`:
//
//     fid_of_stores STORE STORE

#include <iomanip>
#include <iostream>

#include "tise/metrics/frechet.h"
#include "tise/metrics/read_samples.h"
#include "tise/store/reader.h"

namespace {

tise::metrics::Moments moments_in(const std::filesystem::path& folder) {
  const tise::store::Reader store({folder});
  tise::metrics::MomentsAccumulator sums;
  const auto group = tise::metrics::group_rows(store, {"inception"}, store.images());
  group.visit({"features"}, [&](const tise::metrics::Rows& rows) { sums.add(rows.at("features")); });
  return sums.moments();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw std::invalid_argument("fid_of_stores STORE STORE");
  const double distance = tise::metrics::frechet_distance(moments_in(argv[1]), moments_in(argv[2]));
  std::cout << std::setprecision(10) << distance << "\n";
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
