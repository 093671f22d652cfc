#!/usr/bin/env bash
# Writes the demo checkpoints' golden reports anew with build/tise-eval (or $TISE_EVAL): what is in them may only
# move where a number is meant to, and then the commit says why.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
examples=$root/examples/shapes
for name in faithful blurred miscounting misplacing mismatched collapsed faithful-tise miscounting-tise; do
  protocol=paper
  [[ $name == *-tise ]] && protocol=tise
  "${TISE_EVAL:-$root/build/tise-eval}" --models shapes --images "$examples/${name%-tise}" \
    --captions "$examples/captions.json" --real "$examples/real" --metrics all,fidelity@views,fidelity@words \
    --protocol "$protocol" --quiet |
    python3 -c '
import json, sys
report = json.load(sys.stdin)
json.dump({key: report[key] for key in ("schema", "signature", "metrics")}, sys.stdout, indent=1)
print()' > "$here/$name.json"
  echo "$name" >&2
done
