#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>

#include "image_container.h"
#include "image_names.h"
#include "tise/base/concat.h"
#include "tise/base/error.h"
#include "tise/base/files.h"
#include "tise/base/image_format.h"
#include "tise/base/names.h"
#include "tise/base/paths.h"
#include "tise/base/utf8.h"
#include "tise/data/images.h"

namespace tise::data {
namespace {

namespace fs = std::filesystem;

bool file_starts_like_an_image(const fs::path& path) {
  std::array<char, kImageSignature> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return starts_like_an_image({head.data(), static_cast<std::size_t>(file.gcount())});
}

/// Adds the images of an archive or an array, with `prefix` before their names in it. `shown` is its name in
/// messages.
void add_container(ListedImages& listed, const fs::path& path, const std::string& prefix,
                   const std::string& role, const std::string& shown) {
  const auto container =
      is_array_name(path.string()) ? open_array(path, role, shown) : open_archive(path, role, shown);
  const std::string file_name = prefix + path.filename().string() + "/";
  const auto add = [&](std::vector<std::string>& names, const std::vector<std::string>& more) {
    for (const std::string& name : more) names.push_back(as_utf8(file_name + name));
  };
  ImageContainer::Contents contents = container->contents();
  const auto add_entries = [&](std::vector<ImageFile>& files,
                               const std::vector<ImageContainer::Entry>& entries) {
    for (const ImageContainer::Entry& entry : entries)
      files.push_back({prefix + entry.name, shown + "/" + entry.name, container, entry.place});
  };
  add_entries(listed.images, contents.images);
  add_entries(listed.texts, contents.texts);
  add(listed.left_out.nested, contents.left_out.nested);
  add(listed.left_out.other_names, contents.left_out.other_names);
  add(listed.left_out.hidden, contents.left_out.hidden);
}

/// Walks a folder and follows links. Remembers the true paths of the folders that it is in, so that it does
/// not follow a link back to one of them.
class Walk {
 public:
  Walk(ListedImages& listed, const fs::path& folder, const std::string& role)
      : listed_(listed), folder_(folder), role_(role) {}

  /// Adds the image files; if there are none, the images in archives.
  void add_images() {
    const std::size_t before = listed_.images.size();
    visit(folder_, "");
    const bool has_files = listed_.images.size() > before;
    for (const ImageFile& archive : archives_) {
      if (has_files) {
        listed_.left_out.archives.push_back(as_utf8(archive.name));
      } else {
        add_container(listed_, archive.path, archive.name.substr(0, archive.name.rfind('/') + 1), role_,
                      archive.path);
      }
    }
  }

 private:
  void visit(const fs::path& folder, const std::string& prefix) {
    const fs::path true_path = canonical(folder, role_);
    if (std::ranges::find(open_, true_path) != open_.end()) return;
    open_.push_back(true_path);
    for (const fs::path& path : entries_of(folder, role_)) see(path, prefix + path.filename().string());
    open_.pop_back();
  }

  void see(const fs::path& path, const std::string& name) {
    if (is_hidden(path.filename().string())) return note_hidden(path, name);
    std::error_code error;
    const PathKind kind = tise::kind_of(path, error);
    if (kind == PathKind::kFolder) return visit(path, name + "/");
    // A link to nothing, or to itself, is listed as an image that will fail to open, rather than silently
    // left out.
    const bool is_loop = error == std::errc::too_many_symbolic_link_levels;
    if (error && !is_loop) fail(path.string() + ": " + reason_of(error));
    if (kind == PathKind::kOther && !is_loop) return;
    if (is_archive_name(name)) archives_.push_back({name, path.string()});
    if (is_sidecar_name(name) && !first_invalid_utf8(name)) listed_.texts.push_back({name, path.string()});
    if (!is_image_name(name)) {
      if (!may_be_an_image(name) || !file_starts_like_an_image(path)) return;
      if (!extension_of(name).empty()) return listed_.left_out.other_names.push_back(as_utf8(name));
    }
    if (first_invalid_utf8(name)) fail("the file name " + excerpt(name, 80) + " is not UTF-8");
    listed_.images.push_back({name, path.string()});
  }

  /// Looks at names only, since there may be very many. Folders that can't be read are left out.
  void note_hidden(const fs::path& path, const std::string& name) {
    std::error_code error;
    if (tise::kind_of(path, error) != PathKind::kFolder) return note_hidden_file(path, name);
    for (const fs::path& file : readable_files_below(path)) {
      note_hidden_file(file, name + "/" + file.lexically_relative(path).generic_string());
    }
  }

  void note_hidden_file(const fs::path& path, const std::string& name) {
    if (is_hidden_image(path.filename().string())) listed_.left_out.hidden.push_back(as_utf8(name));
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw InputError(role_ + " " + folder_.string() + ": " + why);
  }

  ListedImages& listed_;
  fs::path folder_;
  std::string role_;
  std::vector<fs::path> open_;
  std::vector<ImageFile> archives_;
};

/// The name of a place in messages.
std::string name_of(const fs::path& place, const std::string& shown) {
  return shown.empty() ? place.string() : shown;
}

std::string why_not_images(const fs::path& path) {
  if (same_ignoring_case(extension_of(path.string()), "parquet"))
    return "for Parquet, use tise-parquet of the Python package: tise-parquet FILE | tise-eval --images -";
  return "not a folder, an archive (.zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .tar.zst) or an array (.npz)";
}

void refuse_repeated(const std::vector<ImageFile>& images, const std::string& place) {
  const auto found = std::ranges::adjacent_find(images, {}, &ImageFile::name);
  if (found == images.end()) return;
  throw InputError(place + found->name + " appears twice: " + found->path + " and " + (found + 1)->path);
}

}  // namespace

bool is_renamed_image(const fs::path& path) {
  return extension_of(path.filename().string()).empty() && file_starts_like_an_image(path);
}

ListedImages list_images_and_texts(const fs::path& place, const std::string& role, const std::string& shown) {
  ListedImages listed;
  for (const std::string& path :
       exists(place, role) ? std::vector{place.string()} : shards_of(place.string())) {
    const PathKind kind = tise::kind_of(path, role);
    if (kind == PathKind::kMissing) throw InputError(role + " " + path + ": no such folder or archive");
    if (kind == PathKind::kFolder) {
      Walk(listed, path, role).add_images();
    } else if (is_archive_name(path) || is_array_name(path)) {
      add_container(listed, path, "", role, name_of(path, shown));
    } else {
      throw InputError(concat(role, " ", path, ": ", why_not_images(path)));
    }
  }
  listed.left_out.sort();
  std::vector<ImageFile>& images = listed.images;
  std::ranges::sort(images, {}, &ImageFile::name);
  refuse_repeated(images, concat(role, " ", name_of(place, shown), ": "));
  return listed;
}

ListedImages list_images(const fs::path& place, const std::string& role, const std::string& shown) {
  ListedImages listed = list_images_and_texts(place, role, shown);
  listed.texts = {};
  if (!listed.images.empty()) return listed;
  const std::string said = concat(role, " ", name_of(place, shown), ": no images found");
  if (!listed.left_out.any()) throw InputError(said);
  throw InputError(said + ":", sentences(listed.left_out, place, ""));
}

std::vector<std::uint8_t> read_image(const ImageFile& image, const std::string& role, std::size_t most) {
  return image.container ? image.container->read(image.place, most) : read_bytes(image.path, role, most);
}

std::string_view own_format(const ImageFile& image) {
  return image.container ? image.container->format() : std::string_view();
}

std::optional<FileState> state_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  const auto ns = [](const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  // FAT's timestamps are two seconds apart, others a few milliseconds.
  constexpr std::int64_t kTick = 2'000'000'000;
  const std::int64_t changed = ns(status.st_ctim);
  const bool is_recent = ns(now) - changed < kTick;
  return FileState{static_cast<std::int64_t>(status.st_ino), status.st_size, ns(status.st_mtim),
                   is_recent ? 0 : changed};
}

std::optional<FileState> state_of(const ImageFile& image) {
  return image.container ? image.container->state() : state_of(fs::path(image.path));
}

std::vector<const ImageFile*> in_reading_order(std::span<const ImageFile> images) {
  std::vector<const ImageFile*> order;
  order.reserve(images.size());
  for (const ImageFile& image : images) order.push_back(&image);
  std::ranges::stable_sort(order, [](const ImageFile* a, const ImageFile* b) {
    if (a->container == b->container) return a->container && a->place < b->place;
    if (!a->container || !b->container) return !a->container;
    return a->container->path() < b->container->path();
  });
  return order;
}

}  // namespace tise::data
