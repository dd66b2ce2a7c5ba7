#!/bin/sh
# ffi/bare.sh TARGET: builds libcba.a for a processor without an operating system, such as thumbv7em-none-eabihf, into
# target/lib/TARGET: with `compact`, for size, and with nothing of the standard library but core, built from source.
#
# Environment: LD and OBJCOPY of the target, AR; BARE_RUSTC and BARE_CARGO, a toolchain with the sources of the standard
# library (/usr/bin/rustc and /usr/bin/cargo: Debian's).
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

bare=${1:?which target}
root=.
work=target/lib/$bare
log=$work/log
mkdir -p "$work"
# shellcheck source=proofs/lib.sh
. proofs/lib.sh
need_library_sources

case $bare in
    thumb*) tools=arm-none-eabi ;;
    riscv32*) tools=riscv64-unknown-elf ;;
    *) tools= ;;
esac
if [ -n "$tools" ]; then
    ld=${LD:-$tools-ld}
    objcopy=${OBJCOPY:-$tools-objcopy}
    need "$ld" "binutils-$tools"
elif [ -n "${LD:-}" ] && [ -n "${OBJCOPY:-}" ]; then
    ld=$LD
    objcopy=$OBJCOPY
else
    echo "bare: which LD and OBJCOPY are for $bare?" >&2
    exit 1
fi

# Of sha2, the rolled form: 6 KB less.
RUSTC=$BARE_RUSTC RUSTC_BOOTSTRAP=1 RUSTFLAGS='--cfg cba_link --cfg sha2_backend_soft="compact"' \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=s "$BARE_CARGO" build -q --release -Zbuild-std=core --target "$bare" \
    --target-dir "$work/build" --manifest-path ffi/staticlib/Cargo.toml --no-default-features --features compact

# One object that holds what the listed functions reach, in which every other symbol is local. Each function stays in a
# section of its own: what a program does not call, its linker leaves out.
emulation=
case $bare in riscv32*) emulation='-m elf32lriscv' ;; esac
# shellcheck disable=SC2046,SC2086 # flags
"$ld" $emulation -r --gc-sections $(sed 's/^/-u /' ffi/exports.txt) -o "$work/libcba.o" \
    "$work/build/$bare/release/libcba_staticlib.a"
"$objcopy" --strip-debug -R .llvmbc -R .llvmcmd -R .comment --keep-global-symbols=ffi/exports.txt "$work/libcba.o"
rm -f "$work/libcba.a"
"${AR:-ar}" rcsD "$work/libcba.a" "$work/libcba.o"
echo "bare: $work/libcba.a"
