#!/usr/bin/env bash
# Fuzzes the readers of external files with libFuzzer, under the address and undefined-behavior sanitizers: captions and
# labels, names of images, model cards, store chunks, statistics, the tokenizer and its merges, archives and arrays of images,
# images, transforms.
#
#   scripts/fuzz.sh [SECONDS] [TARGET...]     # default: 600 seconds each, all targets
#
# Failing inputs go to build-fuzz/found, inputs that reach new code to build-fuzz/corpus. Needs clang.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"

seconds=${1:-600}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(captions pairing card chunk statistics tokenizer archive array image transform)
command -v clang++ > /dev/null || die "clang++ is missing; run apt-get install clang"
for target in "${targets[@]}"; do build "fuzz-$target" fuzz; done

mkdir -p "$TISE_ROOT/build-fuzz/found"
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
fuzz() {
  local target=$1
  mkdir -p "$TISE_ROOT/build-fuzz/corpus/$target"
  "$TISE_ROOT/build-fuzz/tests/fuzz/fuzz-$target" -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=4096 \
    -artifact_prefix="$TISE_ROOT/build-fuzz/found/$target-" -print_final_stats=1 \
    "$TISE_ROOT/build-fuzz/corpus/$target" "$TISE_ROOT/tests/fuzz/corpus/$target" > "$TISE_ROOT/build-fuzz/$target.log" 2>&1
}
failed=0
for target in "${targets[@]}"; do
  say "fuzzing $target for $seconds s"
  fuzz "$target" || { failed=1; say "$target: failed; see build-fuzz/$target.log"; }
  grep -E 'stat::number_of_executed_units|cov: ' "$TISE_ROOT/build-fuzz/$target.log" | tail -2
done
exit $failed
