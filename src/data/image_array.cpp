#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "image_container.h"
#include "tise/base/concat.h"
#include "tise/base/names.h"
#include "tise/base/npy.h"

namespace tise::data {
namespace {

constexpr std::int64_t kChannels = 3;
constexpr std::int64_t kLongestSide = 65'535;

class ImageArray final : public ImageContainer {
 public:
  using ImageContainer::ImageContainer;

  Contents contents() const override {
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

 private:
  class ArrayReader final : public Reader {
   public:
    explicit ArrayReader(const ImageArray& of) : of_(of), zip_(of.path(), of.role()) {
      find_array();
      read_header();
    }

    const NpyHeader& header() const { return header_; }

    bool next() override {
      if (is_unread_) content(row_bytes());
      if (rows_ == header_.shape[0]) return false;
      ++rows_;
      is_unread_ = true;
      return true;
    }

    bool may_be_wanted() const override { return row_bytes() <= static_cast<std::size_t>(kSmallEntry); }

    std::vector<std::uint8_t> content(std::size_t most) override {
      const std::string head = concat("P6\n", header_.shape[2], " ", header_.shape[1], "\n255\n");
      if (head.size() + row_bytes() > most) of_.fail(concat("has an image of more than ", most, " bytes"));
      std::vector<std::uint8_t> bytes(head.size() + row_bytes());
      std::ranges::copy(head, bytes.begin());
      auto* const row = reinterpret_cast<char*>(bytes.data() + head.size());
      is_unread_ = false;
      try {
        if (zip_.read(row, row_bytes()) != row_bytes())
          throw std::runtime_error(concat("truncated in row ", rows_ - 1));
      } catch (const std::runtime_error& error) {
        of_.fail(concat("\"", kImageArray, "\": ", error.what()));
      }
      return bytes;
    }

   private:
    void find_array() {
      std::vector<std::string> names;
      try {
        while (zip_.next()) {
          const std::string& name = zip_.name();
          if (name == concat(kImageArray, kNpySuffix)) return;
          if (name.ends_with(kNpySuffix)) names.push_back(name.substr(0, name.size() - kNpySuffix.size()));
        }
      } catch (const std::runtime_error& error) {
        of_.fail(concat("damaged, or not an .npz: ", error.what()));
      }
      of_.fail(concat("no array \"", kImageArray, "\" of images in it",
                      names.empty() ? "" : concat("; its arrays: ", joined(names))));
    }

    std::size_t row_bytes() const {
      return static_cast<std::size_t>(header_.shape[1] * header_.shape[2] * header_.shape[3]);
    }

    void read_header() {
      std::int64_t head = 0;  // bytes of it
      try {
        header_ = read_npy_header([this, &head](char* data, std::size_t size) {
          head += static_cast<std::int64_t>(size);
          return zip_.read(data, size);
        });
      } catch (const std::runtime_error& error) {
        of_.fail(concat("\"", kImageArray, "\": ", error.what()));
      }
      const auto& shape = header_.shape;
      const auto refuse = [&](const std::string& why) {
        of_.fail(concat("\"", kImageArray, "\" is ", in_words(header_), why));
      };
      if (header_.type.substr(1) != "u1" || shape.size() != 4 || shape[3] != kChannels)
        refuse("; images are uint8 [N, H, W, 3], as guided-diffusion's samplers write them");
      if (header_.fortran_order) refuse(" in Fortran order; write it in C order (numpy.ascontiguousarray)");
      if (shape[0] == 0 || shape[1] == 0 || shape[2] == 0) refuse(", which holds no pixels");
      if (shape[0] > kMostImages || std::max(shape[1], shape[2]) > kLongestSide)
        refuse(", which is too large");
      const std::int64_t bytes = shape[0] * static_cast<std::int64_t>(row_bytes());
      if (zip_.size() < head + bytes)
        refuse(concat(", but truncated: it has ", std::max(zip_.size() - head, std::int64_t{0}), " of ",
                      bytes, " bytes"));
      if (of_.state()) of_.check_growth(bytes, of_.state()->size);
    }

    static constexpr std::int64_t kMostImages = std::int64_t{1} << 24;

    const ImageArray& of_;
    ZipReader zip_;
    NpyHeader header_;
    std::int64_t rows_ = 0;  // that were come to
    bool is_unread_ = false;
  };

  std::unique_ptr<Reader> open() const override { return std::make_unique<ArrayReader>(*this); }
};

}  // namespace

std::shared_ptr<const ImageContainer> open_array(const std::filesystem::path& path, const std::string& role) {
  return std::make_shared<const ImageArray>(path, role);
}

}  // namespace tise::data
