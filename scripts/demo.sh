#!/usr/bin/env bash
# From a fresh clone to the demo checkpoints' tables: sets up, builds, evaluates, ranks, compares. Reports and pages go
# to build/demo.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
build tise-eval

examples="$TISE_ROOT/examples/shapes"
mkdir -p "$TISE_ROOT/build/demo"
say "statistics of the real images, once"
"$TISE_ROOT/build/tise-eval" stats --models shapes --images "$examples/real" --output "$TISE_ROOT/build/demo/real.npz"
for checkpoint in faithful blurred miscounting misplacing mismatched collapsed; do
  say "$checkpoint"
  "$TISE_ROOT/build/tise-eval" --models shapes --images "$examples/$checkpoint" --captions "$examples/captions.json" \
    --real "$TISE_ROOT/build/demo/real.npz" --output "$TISE_ROOT/build/demo/$checkpoint.json" \
    --samples "$TISE_ROOT/build/demo/$checkpoint.jsonl" --html "$TISE_ROOT/build/demo/$checkpoint.html"
done
say "which is best, by TISE's ranking score"
"$TISE_ROOT/build/tise-eval" rank "$TISE_ROOT"/build/demo/{faithful,blurred,miscounting,misplacing,mismatched,collapsed}.json \
  --output "$TISE_ROOT/build/demo/leaderboard.json" --html "$TISE_ROOT/build/demo/leaderboard.html"
say "is the one that miscounts worse than the faithful one?"
"$TISE_ROOT/build/tise-eval" compare "$TISE_ROOT"/build/demo/{faithful,miscounting}.jsonl \
  --output "$TISE_ROOT/build/demo/comparison.json"
say "reports: build/demo/*.json; to look at: build/demo/*.html"
