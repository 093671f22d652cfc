#!/usr/bin/env bash
# Runs tise-tests in parallel, one process per core at a time, each with a share of the tests: CTest would start a process
# for each test, which takes longer than most tests do. Soak.* must run under CTest and are excluded here.
#
#   tests/shards.sh BUILD
set -euo pipefail
[ $# = 1 ] && [ -x "$1/tests/tise-tests" ] || { sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
folder=$(cd "$1/tests" && pwd)
rm -f "$folder"/shard-*.log
export GTEST_TOTAL_SHARDS=$((4 * $(nproc))) GTEST_FILTER='-Soak.*'
# OpenMP's waiting threads would otherwise spin and slow down the other processes by a third.
export OMP_WAIT_POLICY=PASSIVE

shard() {
  local log=$1/shard-$2.log
  GTEST_SHARD_INDEX=$2 timeout --foreground 15m "$1/tise-tests" > "$log" 2>&1 && return
  echo "tise-tests, share $2 of $GTEST_TOTAL_SHARDS, ended with $?:"
  grep -v -E '^\[( +OK |-+|=+)' "$log" || true
  return 1
}
export -f shard
failed=0
seq 0 $((GTEST_TOTAL_SHARDS - 1)) | xargs -P "$(nproc)" -I{} bash -c 'shard "$0" {}' "$folder" || failed=1
cat "$folder"/shard-*.log | awk '/ tests? from .* ran/ { ran += $2 } /^\[  PASSED  \]/ { passed += $4 }
  /^\[  SKIPPED \].*ms\)$/ { ++skipped; print "skipped: " $4 }
  END { print ran + 0 " tests: " passed + 0 " passed, " skipped + 0 " skipped, " ran - passed - skipped " failed" }'
exit $failed
