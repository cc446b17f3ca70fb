#!/usr/bin/env bash
# Installs the Debian packages that are missing. Asks nothing; does nothing when all are there.
set -euo pipefail

wanted=(pkg-config libpcap-dev libsqlite3-dev zlib1g-dev libzstd-dev libsodium-dev libssl-dev libqrencode-dev
    libxlsxwriter-dev tzdata python3)
missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "setup: these Debian packages are missing: ${missing[*]}; install them as root, or run make as root" >&2
        exit 3
    fi
    echo "setup: installing ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
command -v swift >/dev/null || { echo "setup: no swift on the PATH; install the Swift 6.3 toolchain first" >&2; exit 3; }
