#include "tiff_file.h"

#include <algorithm>
#include <cstdarg>
#include <cstring>
#include <opencv2/imgcodecs.hpp>

namespace tise::image {
namespace {

thread_local bool complained = false;

void complain(const char*, const char*, va_list) { complained = true; }

/// For the whole program. OpenCV sets handlers of its own when it first looks for a decoder, so that it is
/// let do so before.
bool set_handlers() {
  cv::imdecode(cv::Mat::zeros(1, 16, CV_8U), cv::IMREAD_COLOR);
  TIFFSetErrorHandler(&complain);
  TIFFSetWarningHandler(nullptr);
  return true;
}

tmsize_t read_source(thandle_t handle, void* buffer, tmsize_t size) {
  auto& [bytes, at] = *static_cast<Tiff::Source*>(handle);
  const std::size_t count =
      std::min(static_cast<std::size_t>(size), bytes.size() - std::min(at, bytes.size()));
  if (count > 0) std::memcpy(buffer, bytes.data() + at, count);
  at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_source(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek_source(thandle_t handle, toff_t offset, int whence) {
  auto& [bytes, at] = *static_cast<Tiff::Source*>(handle);
  const toff_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? at : bytes.size();
  return at = from + offset;
}

int close_source(thandle_t) { return 0; }

toff_t size_of_source(thandle_t handle) { return static_cast<Tiff::Source*>(handle)->bytes.size(); }

int map_source(thandle_t handle, void** data, toff_t* size) {
  const Bytes bytes = static_cast<Tiff::Source*>(handle)->bytes;
  *data = const_cast<std::uint8_t*>(bytes.data());
  *size = bytes.size();
  return 1;
}

void unmap_source(thandle_t, void*, toff_t) {}

}  // namespace

Tiff::Tiff(Bytes bytes) : source_{bytes} {
  [[maybe_unused]] static const bool kSet = set_handlers();
  complained = false;
  // "c": strips as they are in the file, not cut into smaller ones.
  tiff_.reset(TIFFClientOpen("", "rc", &source_, &read_source, &write_source, &seek_source, &close_source,
                             &size_of_source, &map_source, &unmap_source));
  if (!tiff_ || complained) throw DecodeError("corrupt: a TIFF with a directory that can't be read");
}

bool Tiff::has_complained() { return complained; }

}  // namespace tise::image
