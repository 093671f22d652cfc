#!/usr/bin/env bash
# Tests a wheel with a newer Python: in a chroot with a minimal Debian 13, which has Python 3.13.
#
#   tests/wheel/newer_python.sh WHEEL
#
# Needs root and debootstrap (which it installs if it can). Without root the test is skipped with a message.
set -euo pipefail
wheel=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

left_out() { echo "== a newer Python: skipped: $*" >&2; exit 0; }
[ "$(id -u)" = 0 ] || left_out "needs root"
command -v apt-get > /dev/null || left_out "needs apt-get"
command -v debootstrap > /dev/null ||
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap > /dev/null
unshare --mount true 2> /dev/null || left_out "mounting is not allowed here"

inside=$(mktemp -d)
trap 'rm -rf "$inside"' EXIT
echo "== installing Debian 13 and its Python into a folder" >&2
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v -e security -e updates | head -1)
debootstrap --variant=minbase --include=python3-venv,ca-certificates trixie "$inside" "$mirror" > "$inside.log" 2>&1 ||
  { tail -5 "$inside.log" >&2; exit 1; }
rm -f "$inside.log"
cp /etc/resolv.conf "$inside/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$inside/etc/ssl/certs/"
mkdir -p "$inside/given/docs"
cp "$wheel" "$inside/given/"
# The tests read files of other folders.
cp -r "$here/.." "$inside/given/tests"
cp "$here/../../docs/models.md" "$inside/given/docs/"

cat > "$inside/given/run.sh" << 'SH'
set -e
export PIP_CERT=/etc/ssl/certs/ca-certificates.crt
python3 --version
python3 -m venv /environment
/environment/bin/pip install --quiet --disable-pip-version-check --no-cache-dir "$(echo /given/tise_eval-*.whl)[pandas,parquet]"
cd /root
/environment/bin/tise-eval demo --quiet
ls tise-eval-demo/leaderboard.json
for test in /given/tests/python/test_*.py; do /environment/bin/python -W ignore "$test"; done
SH
# The mounts disappear when the processes in this namespace end.
unshare --mount --pid --fork bash -c "mount -t proc proc '$inside/proc' && mount --rbind /dev '$inside/dev' &&
  exec env -i HOME=/root PATH=/usr/sbin:/usr/bin:/bin chroot '$inside' sh /given/run.sh"
