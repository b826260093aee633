#!/usr/bin/env bash
# Makes the machine ready to build Martlet: Swift 6 and the Debian packages it links to.
#
# Installs only what is missing, and says nothing when nothing is. Needs root (or sudo) and a network
# only when it has to install.
set -euo pipefail

readonly needed_swift=6
readonly packages=(
    libgcc-12-dev           # libgomp, whose threads oneDNN and the kernels share
    libstdc++-12-dev        # for the C++ around oneDNN and OpenCV
    libdnnl-dev             # convolutions and matrix products
    libopenblas-openmp-dev  # decompositions
    libkissfft-dev          # Fourier transforms
    libopencv-core-dev libopencv-imgproc-dev  # resizing and warping pictures
    libjpeg-dev libpng-dev libwebp-dev  # reading and writing pictures
    libxml2-dev             # annotations of pictures (Pascal VOC)
    libicu-dev libstemmer-dev  # Unicode and encodings of texts, stems of words
    zlib1g-dev              # compressed data sets
    libzip-dev              # archives of arrays (npz)
    libssl-dev              # checksums (SHA-256)
    libcurl4-openssl-dev libarchive-dev  # downloading and unpacking data sets
    dataset-fashion-mnist   # 70,000 small pictures for the demonstration and the tests
    python3-venv            # only for the tests that compare with other programs
)

say() { printf 'setup: %s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 1
}

check_swift() {
    local line version
    command -v swift >/dev/null || stop "Swift is not installed: get Swift $needed_swift or later" \
        "from https://www.swift.org/install/linux/ and put its usr/bin on PATH"
    line=$(swift --version 2>/dev/null | grep -o 'Swift version [0-9][0-9.]*' || true)
    version=${line#Swift version }
    [[ -n $version ]] || stop "'$(command -v swift) --version' prints no Swift version:" \
        "install Swift $needed_swift or later from https://www.swift.org/install/linux/"
    ((${version%%.*} >= needed_swift)) || stop "Swift $version is too old: install Swift" \
        "$needed_swift or later from https://www.swift.org/install/linux/"
}

is_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

check_packages() {
    local package missing=()
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        stop "this system has no apt: install what provides these Debian 12 packages, then build" \
            "with 'swift build -c release': ${packages[*]}"
    fi
    for package in "${packages[@]}"; do
        is_installed "$package" || missing+=("$package")
    done
    ((${#missing[@]} > 0)) || return 0

    local command="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    local as_root=()
    if ((EUID != 0)); then
        if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
            as_root=(sudo)
        else
            stop "packages are missing and this user may not install them; as root run: $command"
        fi
    fi
    say "installing ${missing[*]}"
    local log
    log=$(mktemp)
    if ! {
        "${as_root[@]}" apt-get -q update &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get -q install -y --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        stop "the installation failed (see above); run it by hand: $command"
    fi
    rm -f "$log"
}

check_swift
check_packages
