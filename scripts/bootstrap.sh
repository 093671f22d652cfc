#!/usr/bin/env bash
# Set-up shared by demo.sh and test.sh: installs packages and LibTorch. Source it from a script with
# `set -euo pipefail`; then `build TARGET` builds.
#
# Changes only the system's packages and this folder (.deps, .cache, build). Running it again reuses what already
# exists.

TISE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TISE_TORCH_VERSION=2.11.0

# Prints a step and the minutes and seconds since the script's start.
say() { printf '== %d:%02d %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*" >&2; }
die() { printf 'tise-eval set-up: %s\n' "$*" >&2; exit 1; }

# The Debian packages to install: tools, and the libraries named in cmake/Dependencies.cmake.
wanted_packages() {
  echo g++ cmake ninja-build ccache git ca-certificates curl python3 python3-pip python3-venv jq libjemalloc-dev
  sed -n 's/^ *tise_dependency(\([^ ]*\) .*/\1/p' "$TISE_ROOT/cmake/Dependencies.cmake"
}

install_packages() {
  local wanted
  mapfile -t wanted < <(wanted_packages | tr ' ' '\n')
  command -v dpkg-query > /dev/null ||
    die "needs Debian 12 or Ubuntu 22.04/24.04; on another system, install equivalents of these packages and run cmake --preset default: ${wanted[*]}"
  local missing=() package
  for package in "${wanted[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  local root=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2> /dev/null || { [ -t 0 ] && command -v sudo > /dev/null; } ||
      die "packages are missing; install them with apt-get install ${missing[*]}, then run this script again"
    root=(sudo)
  fi
  say "installing ${missing[*]}"
  local log
  log=$(mktemp)
  { "${root[@]}" apt-get update -qq &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    > "$log" 2>&1 || { cat "$log" >&2; die "could not install packages; see the messages above"; }
  rm -f "$log"
}

# Prints the folder of the user's Python torch, if its minor version is right.
python_torch() {
  python3 - "${TISE_TORCH_VERSION%.*}." 2> /dev/null << 'PY'
import importlib.metadata, importlib.util, pathlib, sys
version = importlib.metadata.version("torch")
folder = pathlib.Path(importlib.util.find_spec("torch").origin).parent
if not version.startswith(sys.argv[1]) or not (folder / "lib" / "libtorch_cpu.so").exists():
    sys.exit(1)
print(folder)
PY
}

# Installs only what LibTorch needs on the CPU, from the torch wheel and two of its dependencies: 1.2 GB instead of 4.7.
lean_torch() {
  local target="$TISE_ROOT/.deps/libtorch-$TISE_TORCH_VERSION"
  if [ ! -e "$target/complete" ]; then
    say "installing LibTorch $TISE_TORCH_VERSION into .deps (about a minute)"
    rm -rf "$target"
    # Always the wheel for Python 3.11: only its libraries and headers are used.
    local install=(env PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check
      --no-cache-dir --no-deps --target "$target")
    "${install[@]}" --only-binary=:all: --implementation cp --python-version 3.11 \
      --platform "manylinux_2_28_$(uname -m)" "torch==$TISE_TORCH_VERSION" > /dev/null
    "${install[@]}" nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85 > /dev/null
    touch "$target/complete"
  fi
  echo "$target/torch"
}

find_torch() {
  if [ -n "${TISE_LIBTORCH:-}" ]; then
    [ -e "$TISE_LIBTORCH/lib/libtorch_cpu.so" ] || die "TISE_LIBTORCH=$TISE_LIBTORCH: contains no lib/libtorch_cpu.so"
  else
    TISE_LIBTORCH=$(python_torch) || TISE_LIBTORCH=$(lean_torch)
  fi
  export TISE_LIBTORCH
}

# build [TARGET [PRESET]]: by default all targets of the preset `default`.
build() {
  local target=${1:-all} preset=${2:-default}
  export CCACHE_DIR=${CCACHE_DIR:-$TISE_ROOT/.cache/ccache}
  say "building with LibTorch from $TISE_LIBTORCH"
  (cd "$TISE_ROOT" && cmake --preset "$preset" -D LIBTORCH_ROOT="$TISE_LIBTORCH" > build-configure.log 2>&1) ||
    { cat "$TISE_ROOT/build-configure.log" >&2; die "could not configure the build; see the messages above"; }
  rm -f "$TISE_ROOT/build-configure.log"
  (cd "$TISE_ROOT" && cmake --build --preset "$preset" --target "$target") >&2 || die "could not build; see the messages above"
}

install_packages
find_torch
