#!/usr/bin/env bash
# Builds the three OpenCV modules that the program uses as static libraries, so that the program runs without an
# installed OpenCV. Takes about seven CPU minutes; the sources are those in opencv-python-headless's source package (95 MB).
#
#   scripts/static_opencv.sh PREFIX
#
# The libraries that decode PNG, JPEG, TIFF and WebP are the system's: the program uses them too, and can't be linked with
# two copies. The same goes for zlib, which LibTorch and libarchive also use.
#
# Then run: cmake -D OpenCV_DIR=PREFIX/lib/cmake/opencv4
set -euo pipefail

[ $# = 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
prefix=$(mkdir -p "$1" && cd "$1" && pwd)
version=4.12.0.88
made="$version with the system's decoders"
[ "$(cat "$prefix/complete" 2> /dev/null)" != "$made" ] || exit 0
rm -rf "${prefix:?}"/*

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== downloading OpenCV's sources (95 MB)" >&2
python3 -m venv "$work/python"
# The package's build requirements: pip asks for them even when it only downloads.
"$work/python/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir scikit-build numpy "setuptools<70" wheel cmake ninja
(cd "$work" && "$work/python/bin/pip" download --quiet --disable-pip-version-check --no-cache-dir --no-deps \
  --no-build-isolation --no-binary :all: "opencv-python-headless==$version")
tar -xf "$work/opencv-python-headless-$version.tar.gz" -C "$work" "opencv-python-headless-$version/opencv"

echo "== building OpenCV's core, imgproc and imgcodecs (about seven CPU minutes)" >&2
off=(IPP OPENCL OPENEXR JASPER PNG TIFF GDAL GDCM LAPACK EIGEN PROTOBUF ADE ITT FFMPEG GSTREAMER GTK V4L 1394 QUIRC
  FLATBUFFERS AVIF JPEGXL IMGCODEC_HDR IMGCODEC_SUNRASTER IMGCODEC_PFM)
cmake -S "$work/opencv-python-headless-$version/opencv" -B "$work/build" -G Ninja -D CMAKE_BUILD_TYPE=Release \
  -D CMAKE_INSTALL_PREFIX="$prefix" -D BUILD_LIST=core,imgproc,imgcodecs -D BUILD_SHARED_LIBS=OFF -D ENABLE_PIC=ON \
  -D BUILD_JPEG=OFF -D BUILD_WEBP=OFF -D BUILD_ZLIB=OFF -D BUILD_OPENJPEG=ON \
  -D BUILD_opencv_apps=OFF -D BUILD_TESTS=OFF -D BUILD_PERF_TESTS=OFF -D BUILD_EXAMPLES=OFF -D BUILD_JAVA=OFF \
  -D BUILD_opencv_python3=OFF -D OPENCV_GENERATE_PKGCONFIG=OFF $(printf -- '-D WITH_%s=OFF ' "${off[@]}") \
  > "$work/configure.log" 2>&1 || { tail -40 "$work/configure.log" >&2; exit 1; }
cmake --build "$work/build" --target install > "$work/build.log" 2>&1 || { tail -40 "$work/build.log" >&2; exit 1; }
echo "$made" > "$prefix/complete"
