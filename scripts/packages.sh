#!/usr/bin/env bash
# Builds packages that are not Martlet's own, as a task's author has them: examples/tabular, and what `martlet new-task` writes.
# Runs their tests, then trains, evaluates, predicts and exports with their programs.
#
# They are built into the folder of the tests, where Martlet itself is built already: scripts/check.sh calls this after
# the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly repository=$PWD
readonly build=$repository/.build-tests
readonly options=(--configuration release -Xswiftc -enable-testing --scratch-path "$build")
folder=$(mktemp -d)
readonly folder
trap 'rm -rf "$folder"' EXIT

step() { printf 'packages: %s\n' "$*" >&2; }

fail() {
    printf 'packages: %s\n' "$*" >&2
    exit 1
}

# Builds a package, without warnings, and runs its tests.
pass_tests() {
    local package=$1 log=$folder/build.log
    step "$package: build without warnings"
    swift build --build-tests --package-path "$package" "${options[@]}" >"$log" 2>&1 || {
        cat "$log" >&2
        fail "$package cannot be built"
    }
    ! grep 'warning:' "$log" >&2 || fail "the build of $package has warnings"
    step "$package: tests"
    swift test --skip-build --package-path "$package" "${options[@]}" >"$log" 2>&1 || {
        cat "$log" >&2
        fail "the tests of $package fail"
    }
    tail -n 1 "$log" >&2
}

# Runs a command and leaves what it prints in $folder/output.
run() {
    "$@" >"$folder/output" 2>"$folder/errors" || {
        cat "$folder/errors" >&2
        fail "$* fails"
    }
}

# Whether the last command's output has these words.
expect() { grep -qF -- "$1" "$folder/output" || fail "expected \"$1\" in: $(cat "$folder/output")"; }

# Whether a metric of the last command's JSON is at least so large.
expect_metric() {
    local value
    value=$(grep -oE "\"$1\": [-0-9.e]+" "$folder/output" | cut -d ' ' -f 2)
    awk -v value="$value" -v least="$2" 'BEGIN { exit !(value != "" && value + 0 >= least) }' ||
        fail "expected $1 of at least $2 in: $(cat "$folder/output")"
}

check_new_task() {
    local ring=$build/release/ring
    run "$build/release/martlet" new-task ring --at "$folder/package" --martlet "$repository"
    pass_tests "$folder/package"
    step "the new task's program"
    run "$ring" train ring --out "$folder/ring"
    run "$ring" evaluate "$folder/ring" --json
    expect_metric accuracy 0.9
    echo "0.6 0" >"$folder/inside.txt"
    echo "-0.9 0.9" >"$folder/outside.txt"
    run "$ring" predict "$folder/ring" "$folder/inside.txt" "$folder/outside.txt"
    expect "inside.txt: inside 0.9"
    run "$ring" export "$folder/ring" --format onnx --out "$folder/ring.onnx"
    run "$ring" inspect "$folder/ring.onnx"
    expect "input: input float32 [batch, 2]"
}

check_tabular() {
    local tabular=$build/release/tabular data=examples/tabular/data
    pass_tests examples/tabular
    step "the program of examples/tabular"
    run "$tabular" train tabular "data=$data/housing.csv" --out "$folder/housing"
    run "$tabular" evaluate "$folder/housing" --json
    expect_metric r2 0.8
    run "$tabular" predict "$folder/housing" "$data/housing.csv"
    expect "housing.csv, row 506: "
    run "$tabular" export "$folder/housing" --format onnx --out "$folder/housing.onnx"
    run "$tabular" inspect "$folder/housing.onnx"
    expect "output: value float32 [batch, 1]"
    run "$tabular" cross-validate "$folder/folds" "data=$data/diabetes.csv" folds=3 epochs=10
    expect "rocAUC"
    sed '17s/,/,,/' "$data/housing.csv" >"$folder/ragged.csv"
    local code=0
    "$tabular" evaluate "$folder/housing" "data=$folder/ragged.csv" 2>"$folder/output" || code=$?
    [[ $code == 3 ]] || fail "expected exit code 3 for a ragged row, got $code"
    expect "ragged.csv: line 17: the row has more than 13 fields; expected 13"
}

check_new_task
check_tabular
