#!/usr/bin/env bash
# Rewrites the demo checkpoints' golden reports with build/tise-eval (or $TISE_EVAL). Their numbers may change only
# on purpose, and the commit message then gives the reason.
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
