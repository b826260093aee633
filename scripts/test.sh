#!/usr/bin/env bash
# Passes all checks and tests: one command on a fresh clone, and again without a network.
#
# usage: scripts/test.sh [OPTION OF 'swift test' ...]      for example --filter MartletTests
#
# Tests that compare Martlet with other programs' results need the Python packages of
# scripts/test-requirements.txt, installed into .venv on the first run. Where that fails (no network)
# those tests are skipped, and this script says so.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly requirements=scripts/test-requirements.txt

say() { printf 'test: %s\n' "$*" >&2; }

# Leaves a working .venv, or fails.
prepare_python() {
    # The copy is made last: while it is the same, everything in it is installed.
    cmp -s "$requirements" .venv/installed.txt && [[ -x .venv/bin/python ]] && return 0
    say "installing the packages of $requirements into .venv"
    rm -rf .venv
    python3 -m venv .venv >&2 &&
        .venv/bin/python -m pip install --quiet --disable-pip-version-check \
            -r "$requirements" >&2 &&
        cp "$requirements" .venv/installed.txt
}

scripts/setup.sh
if prepare_python; then
    MARTLET_PYTHON=$PWD/.venv/bin/python
    export MARTLET_PYTHON
else
    say "Python's packages could not be installed (see above):" \
        "tests that compare with other programs are skipped"
fi
exec scripts/check.sh "$@"
