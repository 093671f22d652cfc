#!/usr/bin/env bash
# Makes build-bundle/tise-eval.tar.gz, which runs on a Linux machine that has Python's torch and nothing else of what
# the build needs: OpenCV is linked in, other libraries come along, LibTorch is the machine's own.
#
#   scripts/bundle.sh [--benchmark]
#
# With --benchmark it brings the benchmark too, its pictures and its networks (benchmarks/README.md). There:
#
#   tar -xf tise-eval.tar.gz && tise-eval/bin/tise-eval --help
#   tise-eval/benchmark.sh --device cuda
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"

benchmark=${1:-}
[ -z "$benchmark" ] || [ "$benchmark" = --benchmark ] || die "unknown option $benchmark (--benchmark)"
build="$TISE_ROOT/build-bundle"
bundle="$build/bundle/tise-eval"
"$TISE_ROOT/scripts/static_opencv.sh" "$TISE_ROOT/.deps/opencv-static"

# Programs find their libraries by an RPATH, which goes for what these need as well; a RUNPATH wouldn't.
build all bundle

rm -rf "$bundle"
mkdir -p "$bundle"/{bin,libexec,lib,share/tise-eval/models,share/tise-eval/examples}
programs=(tise-eval)
[ -z "$benchmark" ] || programs+=(tise-roofline tise-synthetic-store)
sed "s/@TORCH_MINOR@/${TISE_TORCH_VERSION%.*}/" "$TISE_ROOT/scripts/bundle/launcher.sh" > "$bundle/libexec/launcher.sh"
chmod +x "$bundle/libexec/launcher.sh"
for program in "${programs[@]}"; do
  cp "$build/$program" "$bundle/libexec/"
  ln -s ../libexec/launcher.sh "$bundle/bin/$program"
done

# The libraries of a program, but for LibTorch with what it brings, and for what every system has.
libraries() {
  ldd "$1" | awk '$3 ~ /^\// { print $3 }' |
    grep -v -E "^$TISE_LIBTORCH|/nvidia/|/(libc|libm|libdl|librt|libpthread|libgcc_s|libstdc\+\+)\.so"
}
for program in "${programs[@]}"; do libraries "$bundle/libexec/$program"; done | sort -u | while read -r library; do
  cp -L "$library" "$bundle/lib/"
done
chmod u+w "$bundle"/lib/*
strip "$bundle"/libexec/tise-* "$bundle"/lib/*.so*
cp -r "$TISE_ROOT/models/shapes" "$bundle/share/tise-eval/models/"
cp -r "$TISE_ROOT/examples/shapes" "$bundle/share/tise-eval/examples/"
cp "$TISE_ROOT"/{README.md,LICENSE} "$bundle/"

if [ -n "$benchmark" ]; then
  say "packing the benchmark"
  source "$TISE_ROOT/scripts/environment.sh"
  environment=${TISE_PARITY_ENV:-$TISE_ROOT/.cache/parity}
  python_environment "$environment" "$TISE_ROOT/tests/parity/requirements.txt"
  mkdir "$bundle/benchmarks"
  cp "$TISE_ROOT"/benchmarks/{inputs,measure,portable,run,scoring}.py "$bundle/benchmarks/"
  cp "$TISE_ROOT/benchmarks/portable.sh" "$bundle/benchmark.sh"
  "$environment/bin/python" "$TISE_ROOT/benchmarks/pack.py" "$bundle/benchmarks/inputs.tar.gz"
fi

say "packing"
tar -C "$build/bundle" -czf "$build/tise-eval.tar.gz" tise-eval
ls -l "$build/tise-eval.tar.gz" >&2
