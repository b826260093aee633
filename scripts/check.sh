#!/usr/bin/env bash
# Everything that is checked about the code, cheapest first: format, module arrows, documentation, coverage, a build
# without warnings, tests, packages with tasks of their own. Needs what scripts/setup.sh installs; scripts/test.sh does
# that, then calls this.
#
# usage: scripts/check.sh [--fast] [OPTION OF 'swift test' ...]
#
#   --fast   stop before the build
set -euo pipefail
cd "$(dirname "$0")/.."

# Tests reach internal declarations, so everything is compiled in another way than for use: a folder
# of their own keeps the two builds from undoing each other.
readonly build_options=(
    --configuration release -Xswiftc -enable-testing --scratch-path .build-tests
)

step() { printf 'check: %s\n' "$*" >&2; }

fail() {
    printf 'check: %s\n' "$*" >&2
    exit 1
}

# The project's folders that exist.
folders() {
    local folder
    for folder in "$@"; do [[ -d $folder ]] && printf '%s\n' "$folder"; done
    return 0
}

check_format() {
    step "format"
    # shellcheck disable=SC2046
    swift format lint --strict --parallel --recursive Package.swift $(folders Sources tasks Tests examples) ||
        fail "run: swift format --in-place --recursive Package.swift $(
            folders Sources tasks Tests examples | tr '\n' ' ')"
}

check_arrows() {
    step "module arrows"
    swift package --scratch-path .build-tests dump-package | python3 scripts/check-arrows.py ||
        fail "modules depend on each other in a way scripts/check-arrows.py does not allow"
}

check_documentation() {
    step "documentation"
    # shellcheck disable=SC2046
    python3 scripts/check-docs.py $(folders Sources tasks) ||
        fail "write what these declarations are for, with ///"
}

check_course() {
    step "course"
    python3 scripts/course.py --check ||
        fail "run scripts/course.py on the built examples/course"
}

check_coverage() {
    step "coverage"
    python3 scripts/coverage.py --check ||
        fail "name new functions in Tests/Reference/coverage.tsv, then run scripts/coverage.py"
}

check_build() {
    step "build without warnings"
    local log=.build-tests/build.log
    mkdir -p .build-tests
    swift build --build-tests "${build_options[@]}" 2>&1 | tee "$log" >&2
    grep -q 'warning:' "$log" || return 0
    # Files are compiled again next time, or their warnings would not be seen twice.
    grep -oE '^/[^:]+:[0-9]+:[0-9]+: warning:' "$log" | cut -d: -f1 | sort -u |
        xargs --no-run-if-empty touch --no-create
    grep 'warning:' "$log" | sort -u >&2
    fail "the build has warnings"
}

run_tests() {
    step "tests"
    if [[ -z ${MARTLET_PYTHON:-} && -x .venv/bin/python ]]; then
        export MARTLET_PYTHON=$PWD/.venv/bin/python
    fi
    swift test --skip-build "${build_options[@]}" "$@"
}

run_course() {
    step "the course's program"
    .build-tests/release/course >/dev/null || fail "examples/course stops"
}

fast=false
if [[ ${1:-} == --fast ]]; then
    fast=true
    shift
fi
check_format
check_arrows
check_documentation
check_coverage
check_course
$fast && exit 0
check_build
run_tests "$@"
run_course
# Like the tests in all, only whole.
(($# > 0)) || scripts/packages.sh
step "all passed"
