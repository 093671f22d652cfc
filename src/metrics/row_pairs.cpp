// Products of all rows with all others, in tiles. Rows are read into panels of a fixed size, and every panel
// meets every other one, so two panels are in memory at a time. Making a panel takes a pass over all rows:
// with p panels of images and q of real images p(p+1)/2 + pq + q(q+1)/2 passes, ten for 30,000 rows of 2,048
// numbers on either side. Tiles of a set with itself lie on the diagonal or to its right, since a product has
// no order.
//
// A tile is one product of float32 matrices, computed on one thread and always of the same shape: panels are
// padded with rows of zeros, which are cut off before anyone sees them. So x · y is the same number wherever
// x and y are, and equal sets cancel exactly.

#include "row_pairs.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>

#include "tise/base/side_by_side.h"

namespace tise::metrics {
namespace {

constexpr std::int64_t kTileRows = 512;
constexpr std::int64_t kTileRowsOnDevice = 4096;

/// Rows at consecutive places.
class Panel {
 public:
  Panel(const PlacedRows& source, std::size_t first, std::size_t most, std::int64_t tile, c10::Device device)
      : first_(first), count_(std::min(most, source.count - first)), tile_(tile) {
    source.visit([&](const RowBlock& block) { take(block, device); });
    squares_ = at::empty({rows_.size(0)}, rows_.options().dtype(at::kDouble));
    side_by_side(tiles(), [&](std::int64_t i) {
      squares_.narrow(0, i * tile_, tile_).copy_(tile_rows(i).to(at::kDouble).square_().sum(1));
    });
  }

  std::size_t first() const { return first_; }
  bool is_on_cuda() const { return rows_.is_cuda(); }
  std::int64_t tiles() const { return rows_.size(0) / tile_; }
  std::size_t place(std::int64_t tile) const { return first_ + static_cast<std::size_t>(tile * tile_); }
  /// The number of a tile's rows that are not padding.
  std::int64_t filled(std::int64_t tile) const {
    return std::min(tile_, static_cast<std::int64_t>(count_) - tile * tile_);
  }
  /// Includes the padding.
  at::Tensor tile_rows(std::int64_t tile) const { return rows_.narrow(0, tile * tile_, tile_); }
  at::Tensor squares(std::int64_t tile) const { return squares_.narrow(0, tile * tile_, filled(tile)); }

 private:
  void take(const RowBlock& block, c10::Device device) {
    std::vector<std::int64_t> rows;
    std::vector<std::int64_t> places;
    for (std::size_t row = 0; row < block.places.size(); ++row) {
      if (block.places[row] < first_ || block.places[row] >= first_ + count_) continue;
      rows.push_back(static_cast<std::int64_t>(row));
      places.push_back(static_cast<std::int64_t>(block.places[row] - first_));
    }
    if (!rows_.defined()) {
      const std::int64_t filled_up = (static_cast<std::int64_t>(count_) + tile_ - 1) / tile_ * tile_;
      rows_ = at::zeros({filled_up, block.rows.size(1)}, at::TensorOptions(at::kFloat).device(device));
    }
    if (rows.empty()) return;
    const at::Tensor wanted = block.rows.index_select(0, at::tensor(rows, at::kLong).to(block.rows.device()));
    rows_.index_copy_(0, at::tensor(places, at::kLong).to(device), wanted.to(device, at::kFloat));
  }

  std::size_t first_;
  std::size_t count_;
  std::int64_t tile_;
  at::Tensor rows_;     // [tiles · tile, width] float32
  at::Tensor squares_;  // [tiles · tile] float64
};

/// A set of rows that is read in panels.
class Side {
 public:
  Side(const PlacedRows& rows, c10::Device device, std::int64_t panel_bytes)
      : rows_(rows), device_(device), tile_(device.is_cuda() ? kTileRowsOnDevice : kTileRows) {
    const std::int64_t tiles = panel_bytes / (tile_ * rows.width * static_cast<std::int64_t>(sizeof(float)));
    most_ = static_cast<std::size_t>(std::max(tiles, std::int64_t{1}) * tile_);
  }

  std::size_t panels() const { return (rows_.count + most_ - 1) / most_; }
  Panel panel(std::size_t number) const { return {rows_, number * most_, most_, tile_, device_}; }

 private:
  const PlacedRows& rows_;
  c10::Device device_;
  std::int64_t tile_;
  std::size_t most_ = 0;
};

class Look {
 public:
  explicit Look(const std::vector<std::shared_ptr<const Pairing>>& waiting) : waiting_(waiting) {}

  /// All tiles of two panels. For a panel with itself, only those on the diagonal or to its right.
  void meet(Tile::Of of, const Panel& a, const Panel& b) const {
    const bool is_one = of != Tile::Of::kBoth && a.first() == b.first();
    for (std::int64_t i = 0; i < a.tiles(); ++i) {
      const std::int64_t from = is_one ? i : 0;
      std::vector<Tile> tiles(static_cast<std::size_t>(b.tiles() - from));
      std::vector<std::vector<std::vector<at::Tensor>>> seen(tiles.size());
      const auto look = [&](std::int64_t k) {
        const auto at = static_cast<std::size_t>(k);
        tiles[at] = tile_of(of, a, i, b, from + k);
        for (const auto& pairing : waiting_) seen[at].push_back(pairing->look(tiles[at]));
        tiles[at].products.reset();
      };
      const auto count = static_cast<std::int64_t>(tiles.size());
      if (a.is_on_cuda()) {
        for (std::int64_t k = 0; k < count; ++k)
          look(k);  // side by side, GPU memory would have to hold a tile for each thread
      } else {
        side_by_side(count, look);
      }
      for (std::size_t k = 0; k < tiles.size(); ++k) {
        for (std::size_t w = 0; w < waiting_.size(); ++w) waiting_[w]->add(tiles[k], seen[k][w]);
      }
    }
  }

  /// A set with itself, and with `other` unless that is null.
  void meet_all(Tile::Of of, const Side& side, const Side* other) const {
    for (std::size_t i = 0; i < side.panels(); ++i) {
      const Panel panel = side.panel(i);
      meet(of, panel, panel);
      for (std::size_t j = i + 1; j < side.panels(); ++j) meet(of, panel, side.panel(j));
      for (std::size_t j = 0; other != nullptr && j < other->panels(); ++j)
        meet(Tile::Of::kBoth, panel, other->panel(j));
    }
  }

 private:
  static Tile tile_of(Tile::Of of, const Panel& a, std::int64_t i, const Panel& b, std::int64_t j) {
    const at::Tensor whole = at::mm(a.tile_rows(i), b.tile_rows(j).t());
    return {of,
            a.place(i),
            b.place(j),
            a.tile_rows(i).size(1),
            whole.narrow(0, 0, a.filled(i)).narrow(1, 0, b.filled(j)),
            a.squares(i),
            b.squares(j)};
  }

  const std::vector<std::shared_ptr<const Pairing>>& waiting_;
};

}  // namespace

void look_at_pairs(const std::vector<std::shared_ptr<const Pairing>>& waiting) {
  const Pairing& any = *waiting.front();
  const Side images(any.images, any.device, any.panel_bytes);
  const Side real(any.real, any.device, any.panel_bytes);
  std::vector<std::shared_ptr<const Pairing>> of_real;
  std::ranges::copy_if(waiting, std::back_inserter(of_real),
                       [](const auto& pairing) { return pairing->looks_at_real_pairs; });
  Look(waiting).meet_all(Tile::Of::kImages, images, &real);
  if (!of_real.empty()) Look(of_real).meet_all(Tile::Of::kReal, real, nullptr);
}

}  // namespace tise::metrics
