#!/bin/sh
# ffi/version.sh [soname|number]: the version of the C library, which is that of the workspace, and what follows from it.
#
# A program that was linked with a release runs with every later one whose first number is the same, also
# while that number is 0: the SONAME carries that number, and a change that breaks linked programs raises it.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
case ${1:-} in
    '') echo "$version" ;;
    soname) echo "libcba.so.${version%%.*}" ;;
    # As CBA_VERSION_NUMBER: 0xMMmmpp.
    number) echo "$version" | awk -F. '{ print ($1 * 256 + $2) * 256 + $3 }' ;;
    *) exit 1 ;;
esac
