#!/usr/bin/env bash
# Quick checks (seconds) before a commit:
#
#   scripts/check.sh [--staged]     # checks all files, or only the staged ones
#
#   git config core.hooksPath scripts/hooks     # runs it before every commit
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "${1:-}" = --staged ]; then
  list() { git diff --cached --name-only --diff-filter=ACMR -- "$@"; }
  git diff --cached --check # trailing white space, conflict markers
else
  list() { git ls-files -- "$@"; }
fi
failed=0
fail() { echo "check.sh: $*" >&2; failed=1; }

mapfile -t sources < <(list '*.h' '*.cpp')
if ((${#sources[@]})); then
  status=0
  scripts/format.sh --check "${sources[@]}" || status=$?
  case $status in 0) ;; 3) echo "check.sh: formatting was not checked" >&2 ;; *) failed=1 ;; esac
fi

mapfile -t shell < <(list '*.sh' .ci/run 'scripts/hooks/*')
for file in "${shell[@]}"; do bash -n "$file" || failed=1; done

mapfile -t python < <(list '*.py')
((${#python[@]} == 0)) || python3 - "${python[@]}" << 'PY' || failed=1
import ast, sys
for path in sys.argv[1:]:
    try:
        ast.parse(open(path, encoding="utf-8").read(), path)
    except SyntaxError as error:
        sys.exit(f"check.sh: {path}:{error.lineno}: {error.msg}")
PY

# Calls that throw exceptions of their own are only allowed in one place, where they become errors with role and path.
mapfile -t sources < <(list 'src/*.h' 'src/*.cpp' 'include/*.h' | grep -v '^[a-z]*/\(tise/\)\?base/' || true)
if ((${#sources[@]})); then
  ! grep -nE '\b(fs|filesystem)::([a-z_]*(iterator|entry|error)|[a-z_]+\()' "${sources[@]}" | grep -v '::path(' ||
    fail "use tise/base/paths.h and files.h instead of std::filesystem"
  ! grep -nE '(\.|->)dump\(' "${sources[@]}" || fail "use tise/base/json_text.h instead of dump()"
fi

mapfile -t all < <(list .)
for file in "${all[@]}"; do
  [ ! -f "$file" ] || [ "$(stat -c %s "$file")" -le 4000000 ] || fail "$file: more than 4 MB"
done

if [ -x build/tise-eval ]; then
  build/tise-eval man --markdown | cmp -s - docs/reference.md ||
    fail "docs/reference.md is out of date; run build/tise-eval man --markdown > docs/reference.md"
fi
python3 benchmarks/page.py --check || failed=1
exit $failed
