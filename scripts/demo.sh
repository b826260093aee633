#!/usr/bin/env bash
# From a fresh clone to a trained network: builds Martlet, trains a small convolutional network for five
# epochs on the 60,000 pictures of Fashion-MNIST, evaluates it on the 10,000 test pictures, predicts a few,
# and exports it to ONNX. Takes some minutes, most of them for compiling.
#
# usage: scripts/demo.sh [RUN_FOLDER]      default: runs/fashion-mnist, numbered if it exists
set -euo pipefail
cd "$(dirname "$0")/.."

readonly data=/usr/share/datasets/fashion-mnist

step() { printf '\n== %s\n' "$*" >&2; }

# A folder that does not exist yet.
fresh_folder() {
    local folder=$1 number=2
    while [[ -e $folder ]]; do
        folder=$1-$number
        number=$((number + 1))
    done
    printf '%s\n' "$folder"
}

run=${1:-$(fresh_folder runs/fashion-mnist)}

step "Preparing the machine"
scripts/setup.sh

step "Building"
swift build --configuration release --product martlet >&2
martlet=$(swift build --configuration release --show-bin-path)/martlet

step "Training mnist-cnn for five epochs into $run"
"$martlet" train classification data="$data" model=mnist-cnn epochs=5 --out "$run"

step "Evaluating on the test pictures"
result=$("$martlet" evaluate "$run" --json)

step "Predicting pictures"
"$martlet" predict "$run" datasets/fashion-mnist/samples --out "$run/predictions"

step "Exporting to ONNX"
"$martlet" export "$run" --format onnx --out "$run/model.onnx"

step "Done: everything is in $run"
accuracy=$(sed -nE 's/.*"accuracy" *: *([0-9.eE+-]+).*/\1/p' <<<"$result" | head -n 1)
[[ -n $accuracy ]] || {
    printf 'demo: evaluate printed no accuracy: %s\n' "$result" >&2
    exit 1
}
printf 'test accuracy: %s\n' "$accuracy"
