#!/bin/sh
# ffi/build.sh [ring|compact] [control]: builds libcba.a and libcba.so into target/lib/BACKEND.
#
# Both are made of one object that holds what the functions in ffi/exports.txt reach, and in which every
# other symbol is local: the static library links beside other Rust libraries, and nothing that Rust's own
# libraries contain but we do not use is shipped. With `control` the library gets one function that it
# must not have (ffi/check.sh).
#
# Environment: CARGO, CC, LD, OBJCOPY, AR; RUSTFLAGS, CFLAGS and LDFLAGS are added to.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

backend=${1:-ring}
control=${2:-}
case $backend in
    ring) rustflags= ;;
    # Of what sha2 picks by the processor, the AVX2 path of SHA-384 and SHA-512 keeps panic sites. Its
    # SHA-256 cannot be chosen apart.
    compact) rustflags='--cfg sha2_backend="soft"' ;;
    *)
        echo "build: no such backend: $backend (ring, compact)" >&2
        exit 1
        ;;
esac

version=$(ffi/version.sh)
soname=$(ffi/version.sh soname)
out=target/lib/$backend${control:+-control}
build=$out/build
mkdir -p "$build"

cp ffi/exports.txt "$build/exports"
[ -z "$control" ] || echo cba_control >> "$build/exports"

# Line tables tell the check where a panic site is; they are not shipped.
RUSTFLAGS="${RUSTFLAGS:-} $rustflags" CARGO_PROFILE_RELEASE_DEBUG=line-tables-only \
    "${CARGO:-cargo}" rustc --release -p cba-staticlib --no-default-features --features "$backend" \
    --target-dir "$build" -- --cfg cba_link ${control:+--cfg cba_control}

# .llvmbc is bitcode that comes with Rust's libraries; the binutils of some systems stumble over it.
# shellcheck disable=SC2046 # flags
"${LD:-ld}" -r --gc-sections $(sed 's/^/-u /' "$build/exports") -o "$build/libcba.o" \
    "$build/release/libcba_staticlib.a"
"${OBJCOPY:-objcopy}" -R .llvmbc -R .llvmcmd --keep-global-symbols="$build/exports" "$build/libcba.o"

# The shared library. No start files: there is nothing to construct.
{
    echo "CBA_${soname##*.} {"
    echo 'global:'
    sed 's/$/;/' "$build/exports"
    echo 'local: *; };'
} > "$build/version-script"
rm -f "$out"/libcba.*
# shellcheck disable=SC2086 # flags
"${CC:-cc}" ${CFLAGS:-} -shared -nostartfiles -o "$out/libcba.so.$version" "$build/libcba.o" \
    -Wl,-soname,"$soname" -Wl,--version-script,"$build/version-script" -Wl,--gc-sections \
    -Wl,-z,defs -Wl,-z,text -Wl,-z,noexecstack -Wl,-z,relro -Wl,-z,now ${LDFLAGS:-}
(
    cd "$out"
    "${OBJCOPY:-objcopy}" --only-keep-debug "libcba.so.$version" "libcba.so.$version.debug"
    "${OBJCOPY:-objcopy}" --strip-debug --add-gnu-debuglink="libcba.so.$version.debug" "libcba.so.$version"
    ln -s "libcba.so.$version" "$soname"
    ln -s "$soname" libcba.so
)

# The static library.
"${OBJCOPY:-objcopy}" --strip-debug "$build/libcba.o"
"${AR:-ar}" rcsD "$out/libcba.a" "$build/libcba.o"
echo "build: $out/libcba.a, $out/libcba.so.$version"
