#!/usr/bin/env bash
# Runs all of tise-tests, as many processes at a time as there are cores, each with a share of the tests: most are over
# sooner than a process of their own has started, which is what CTest gives them.
#
#   tests/shards.sh BUILD
set -euo pipefail
logs=$(cd "$1/tests" && pwd)
export GTEST_TOTAL_SHARDS=$((4 * $(nproc)))
export OMP_WAIT_POLICY=PASSIVE  # threads that spin while they wait would hold up the other processes

shard() {
  local log=$1/shard-$2.log
  GTEST_SHARD_INDEX=$2 timeout 30m "$1/tise-tests" > "$log" 2>&1 && return
  echo "tise-tests, share $2 of $GTEST_TOTAL_SHARDS, ended with $?:"
  grep -v -E '^\[( +OK |-+|=+)' "$log" || true
  return 1
}
export -f shard
failed=0
seq 0 $((GTEST_TOTAL_SHARDS - 1)) | xargs -P "$(nproc)" -I{} bash -c 'shard "$0" {}' "$logs" || failed=1
cat "$logs"/shard-*.log | awk '/ tests from .* ran/ { ran += $2 } /^\[  PASSED  \]/ { passed += $4 }
  /^\[  SKIPPED \].*ms\)$/ { print "skipped: " $4 } END { print passed " of " ran " tests passed" }'
exit $failed
