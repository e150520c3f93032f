#!/usr/bin/env bash
# Builds sdist and wheel of the last commit, and installs each in an empty environment. The tests of the unpacked sdist
# run against the installed wheel; the sdist makes a small sky. Arguments: Python, and then those of pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/source" "$place/unpacked" "$place/elsewhere"
# Leftovers of builds and runs stay behind.
git archive HEAD | tar -x -C "$place/source"
for name in build wheel sdist; do "$python" -m venv "$place/$name"; done
"$place/build/bin/pip" install --quiet build twine
"$place/build/bin/python" -m build --outdir "$place/dist" "$place/source"
"$place/build/bin/twine" check --strict "$place"/dist/*

"$place/wheel/bin/pip" install --quiet "$(echo "$place"/dist/*.whl)[test]"
tar -xzf "$place"/dist/*.tar.gz -C "$place/unpacked" --strip-components=1
cd "$place/unpacked"
"$place/wheel/bin/pytest" -q -n auto --dist loadfile "${@:2}"

"$place/sdist/bin/pip" install --quiet "$place"/dist/*.tar.gz
cd "$place/elsewhere"
"$place/sdist/bin/eddysky" doctor
"$place/sdist/bin/eddysky" run --set sky.nside=16 --set flow.modes=512 --set ensemble.realizations=20 --quiet
ls
