#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <utility>

#include "image_container.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/names.h"
#include "tise/base/npy.h"

namespace tise::data {
namespace {

constexpr std::string_view kMember = "arr_0.npy";
constexpr std::int64_t kChannels = 3;
constexpr std::int64_t kLongestSide = 65'535;

class ImageArray final : public ImageContainer {
 public:
  using ImageContainer::ImageContainer;

  Contents contents() const override {
    find_array();
    const NpyHeader header = ArrayReader(*this).header();
    const auto count = static_cast<std::size_t>(header.shape[0]);
    const std::size_t digits = std::to_string(std::max(count, std::size_t{1}) - 1).size();
    Contents contents;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string number = std::to_string(i);
      contents.images.push_back({std::string(digits - number.size(), '0') + number, i});
    }
    return contents;
  }

  std::string_view format() const override { return "NumPy array"; }

  /// Whether the array holds images, rather than something else under its name.
  bool holds_images() const {
    try {
      ArrayReader(*this).header();
      return true;
    } catch (const InputError&) {
      return false;
    }
  }

 private:
  /// Throws InputError unless the file has exactly one array of this name.
  void find_array() const {
    std::vector<std::string> others;
    try {
      others = arrays_in(path(), role());
    } catch (const InputError&) {
      check_readable();
      fail("damaged, or not an .npz file");
    }
    const std::size_t found = std::erase(others, kImageArray);
    if (found > 1) fail(concat("has \"", kImageArray, "\" twice"));
    if (found == 0)
      fail(concat("has no image array \"", kImageArray, "\"",
                  others.empty() ? "" : concat("; its arrays: ", joined(others))));
  }

  class ArrayReader final : public Reader {
   public:
    explicit ArrayReader(const ImageArray& of) : of_(of), zip_(of.path(), of.role()) {
      guarded([&] {
        while (zip_.name() != kMember) {
          if (!zip_.next()) throw std::runtime_error("missing");
        }
        read_header();
      });
    }

    const NpyHeader& header() const { return header_; }

    bool next() override {
      if (is_unread_) {
        std::vector<std::uint8_t> passed(row_bytes());
        read_row(passed);
      }
      if (rows_ == header_.shape[0]) return false;
      ++rows_;
      is_unread_ = true;
      return true;
    }

    bool may_be_wanted() const override {
      return head().size() + row_bytes() <= static_cast<std::size_t>(kSmallEntry);
    }

    std::vector<std::uint8_t> content(std::size_t most) override {
      const std::string head = this->head();
      if (head.size() + row_bytes() > most) of_.fail(concat("has an image larger than ", most, " bytes"));
      std::vector<std::uint8_t> bytes(head.size() + row_bytes());
      std::ranges::copy(head, bytes.begin());
      read_row(std::span(bytes).subspan(head.size()));
      return bytes;
    }

   private:
    /// The header of a row's PPM file.
    std::string head() const { return concat("P6\n", header_.shape[2], " ", header_.shape[1], "\n255\n"); }

    /// Reads the current row. No data may follow the last one; finding its end makes the zip reader verify
    /// the checksum.
    void read_row(std::span<std::uint8_t> row) {
      is_unread_ = false;
      guarded([&] {
        if (zip_.read(reinterpret_cast<char*>(row.data()), row.size()) != row.size())
          throw std::runtime_error(concat("truncated in row ", rows_ - 1));
        char beyond = 0;
        if (rows_ == header_.shape[0] && zip_.read(&beyond, 1) != 0)
          throw std::runtime_error("it has more data than its header states");
      });
    }

    /// Calls a function that reads the array, and names the array in its errors.
    template <typename Read>
    void guarded(const Read& read) const {
      try {
        read();
      } catch (const InputError&) {
        throw;
      } catch (const std::runtime_error& error) {
        of_.fail(concat("\"", kImageArray, "\": ", error.what()));
      }
    }

    std::size_t row_bytes() const {
      return static_cast<std::size_t>(header_.shape[1] * header_.shape[2] * header_.shape[3]);
    }

    void read_header() {
      std::int64_t head = 0;  // its size in bytes
      header_ = read_npy_header([this, &head](char* data, std::size_t size) {
        head += static_cast<std::int64_t>(size);
        return zip_.read(data, size);
      });
      const auto& shape = header_.shape;
      const auto refuse = [&](const std::string& why) {
        of_.fail(concat("\"", kImageArray, "\" is ", in_words(header_), why));
      };
      if (header_.type.substr(1) != "u1" || shape.size() != 4 || shape[3] != kChannels)
        refuse("; images must be uint8 [N, H, W, 3], the format of guided-diffusion's samplers");
      if (header_.fortran_order) refuse(" in Fortran order; write it in C order (numpy.ascontiguousarray)");
      if (shape[0] == 0 || shape[1] == 0 || shape[2] == 0) refuse(", which has no pixels");
      if (shape[0] > kMostImages || std::max(shape[1], shape[2]) > kLongestSide)
        refuse(", which is too large");
      const std::int64_t bytes = shape[0] * static_cast<std::int64_t>(row_bytes());
      if (zip_.size() < head + bytes)
        refuse(concat(", but truncated: it has ", std::max(zip_.size() - head, std::int64_t{0}), " of ",
                      bytes, " bytes"));
    }

    static constexpr std::int64_t kMostImages = std::int64_t{1} << 24;

    const ImageArray& of_;
    ZipReader zip_;
    NpyHeader header_;
    std::int64_t rows_ = 0;  // reached so far
    bool is_unread_ = false;
  };

  std::unique_ptr<Reader> open() const override { return std::make_unique<ArrayReader>(*this); }
};

}  // namespace

std::shared_ptr<const ImageContainer> open_array(const std::filesystem::path& path, const std::string& role,
                                                 const std::string& shown) {
  return std::make_shared<const ImageArray>(path, role, shown);
}

bool holds_images(const std::filesystem::path& path, const std::string& role) {
  return ImageArray(path, role, path.string()).holds_images();
}

}  // namespace tise::data
