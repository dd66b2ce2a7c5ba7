#!/bin/sh
# Proves, by linking, what docs/quality.md says of the core and the C ABI: that they allocate nothing and
# cannot panic.
# Each proof is followed by its negative control: the same build with one offending function more, which
# must fail, and for that function alone.
#
# Environment: CARGO (cargo), CC (cc); BARE_RUSTC and BARE_CARGO, a toolchain with the sources of the
# standard library (/usr/bin/rustc and /usr/bin/cargo: Debian's).
set -u
export LC_ALL=C
cd "$(dirname "$0")" || exit 1

CARGO=${CARGO:-cargo}
CC=${CC:-cc}
# A proof that a variable of the caller's shell could change would prove little.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR RUSTC RUSTC_WRAPPER
target=target
work=$target/proofs
mkdir -p "$work"
log=$work/log
root=..
# shellcheck source=proofs/lib.sh
. ./lib.sh

# -- tools ----------------------------------------------------------------------------------------

need "$CC" gcc libc6-dev
need objdump binutils
need addr2line binutils
need awk mawk

need_library_sources

# The linker for bare metal: lld, as Debian or rustup brings it.
find_lld() {
    for lld in ld.lld ld.lld-22 ld.lld-21 ld.lld-20 ld.lld-19; do
        if command -v "$lld" > /dev/null; then
            return 0
        fi
    done
    lld=$(find "$(rustc --print sysroot)/lib/rustlib" -name rust-lld 2> /dev/null | head -n 1)
    if [ -n "$lld" ]; then
        lld="$lld -flavor gnu"
        return 0
    fi
    return 1
}
find_lld || { install lld && find_lld; } || exit 1

# -- building and linking -------------------------------------------------------------------------

host_build() {
    "$CARGO" build "$@" > "$log" 2>&1
}

# The AVX2 path of sha2 for SHA-384 and SHA-512 keeps panic sites; the portable one has none.
portable_build() {
    env RUSTFLAGS='--cfg sha2_backend="soft"' "$CARGO" build "$@" > "$log" 2>&1
}

# bare_build TARGET ARGUMENTS...: with core built from source, and nothing else of the library.
bare_build() {
    bare_target=$1
    shift
    RUSTC=$BARE_RUSTC RUSTC_BOOTSTRAP=1 "$BARE_CARGO" build -Zbuild-std=core --target "$bare_target" \
        --target-dir "$target/bare" "$@" > "$log" 2>&1
}

# The roots in an archive or in what was linked, one a line.
roots_in() {
    nm "$1" 2> /dev/null | sed -n 's/.* T \(cba_.*\)/\1/p' | sort -u
}

# host_link ARCHIVE: into a shared library, in which every exported function stays.
host_link() {
    rm -f "$work/linked.so"
    # shellcheck disable=SC2046 # flags
    "$CC" -nostdlib -shared -Wl,--no-undefined -Wl,--gc-sections $(roots_in "$1" | sed 's/^/-Wl,-u,/') \
        -o "$work/linked.so" "$1" -lc -lgcc > "$log" 2>&1
}

# bare_link ARCHIVE: into a program of which every root stays.
bare_link() {
    rm -f "$work/linked.elf"
    # shellcheck disable=SC2046,SC2086 # flags; a linker with its flavour
    $lld --no-undefined --gc-sections -e cba_root_values $(roots_in "$1" | sed 's/^/-u /') \
        -o "$work/linked.elf" "$1" > "$log" 2>&1
}

# What the log of a failed link says is undefined, one symbol a line.
undefined() {
    sed -n -e "s/.*undefined reference to [\`']\\([^']*\\)'.*/\\1/p" -e 's/.*undefined symbol: //p' "$log" | sort -u
}

# The functions in an archive from which a panic or an allocation can be reached at once.
blame() {
    echo "reached from:" >> "$log"
    objdump -drC "$1" 2> /dev/null | awk '
        /^[0-9a-f]+ <.*>:$/ { sub(/^[0-9a-f]+ </, ""); sub(/>:$/, ""); caller = $0 }
        /R_[A-Z0-9_]+.*(panick|unwrap_failed|expect_failed|_fail|rust_begin_unwind|__rust_alloc|__rustc::__rust|is_reachable)/ {
            callee = $0; sub(/^.*R_[A-Z0-9_]+[ \t]+/, "", callee); sub(/[-+]0x[0-9a-f]+$/, "", callee)
            if (caller !~ /^core::panicking/) print "  " caller " -> " callee
        }' | sort -u >> "$log"
}

# require_roots FILE ARCHIVE: every root of the archive is in what was linked, the whole C ABI among them.
require_roots() {
    roots_in "$2" > "$work/wanted"
    grep -q '^cba_root_' "$work/wanted" && [ -z "$(comm -23 ../ffi/exports.txt "$work/wanted")" ] \
        && roots_in "$1" | cmp -s "$work/wanted" -
}

# proves_link LINK FILE ARCHIVE SENTENCE
proves_link() {
    if ! "$1" "$3"; then
        blame "$3"
        broken "$4"
    elif ! require_roots "$2" "$3"; then
        broken "$4: roots are missing from what was linked"
    else
        holds "$4"
    fi
}

# controls_link LINK ARCHIVE SYMBOL SENTENCE: the link fails for want of that symbol, and of no other.
controls_link() {
    if "$1" "$2"; then
        broken "$4: it links"
    elif [ "$(undefined)" != "$3" ]; then
        broken "$4: it fails for another reason"
    else
        fails_as_it_must "$4 (undefined: $3)"
    fi
}

# -- 0. the roots ---------------------------------------------------------------------------------

if ! host_build --release -p roots --features ring; then
    echo "proofs: proofs/roots does not build" >&2
    grep -A 12 '^error' "$log" >&2
    exit 1
fi

echo "The roots: every public function of the core is called from an exported one; those of the C ABI are exported"
find ../core/src -name '*.rs' | sort | xargs awk -f public.awk | sort -u > "$work/public"
# Calls by `Type::function(`; lifetimes and type parameters do not matter.
cat roots/src/*.rs | sed -e "s/<'_>//g" -e 's/ as From<[A-Za-z]*>/ as From/g' > "$work/calls"
sed -e 's/#.*//' -e 's/   *.*//' -e '/^$/d' not-rooted.txt | sort -u > "$work/not-rooted"
rooted=0
: > "$log"
while read -r name; do
    case $name in
        '<'*) pattern=$name ;;
        *) pattern="$name(" ;;
    esac
    if grep -qF -- "$pattern" "$work/calls"; then
        rooted=$((rooted + 1))
    elif ! grep -qxF -- "$name" "$work/not-rooted"; then
        echo "not called from proofs/roots: $name" >> "$log"
    fi
done < "$work/public"
comm -13 "$work/public" "$work/not-rooted" | sed 's/^/excepted, but not in the core: /' >> "$log"
if [ -s "$log" ]; then
    broken "every public function is rooted or excepted with a reason"
else
    holds "$rooted functions are rooted, $(wc -l < "$work/not-rooted") excepted with a reason (proofs/not-rooted.txt)"
fi

locked() {
    awk '/^name = / { name = $3 } /^version = / { print name, $3 }' "$1" | sort -u
}
locked ../Cargo.lock > "$work/locked"
locked Cargo.lock | grep -v -e '"roots"' -e '"no-panic"' -e '"no-heap"' > "$work/locked-here"
if comm -23 "$work/locked-here" "$work/locked" > "$log" && [ ! -s "$log" ]; then
    holds "the proofs lock the versions that the workspace locks"
else
    broken "the proofs lock the versions that the workspace locks"
fi

# -- 1. no alloc ----------------------------------------------------------------------------------

echo "No allocation: the core and all it depends on build where there is no alloc crate"
for bare in thumbv7em-none-eabihf riscv32imac-unknown-none-elf; do
    sentence="the core and the C ABI with \`compact\` build for $bare with core alone"
    if bare_build $bare --release -p roots --features compact; then
        holds "$sentence"
    else
        broken "$sentence"
    fi
    sentence="what libcba.a is made of builds for $bare"
    if bare_build $bare --release --manifest-path ../ffi/staticlib/Cargo.toml --no-default-features \
        --features compact --config 'build.rustflags = ["--cfg", "cba_link"]'; then
        holds "$sentence"
    else
        broken "$sentence"
    fi
done
if bare_build thumbv7em-none-eabihf --release -p roots --features compact,heap-control; then
    broken "one \`extern crate alloc\` is found: it builds"
elif [ "$(grep -c '^error\[' "$log")" = 1 ] && grep -q "^error\[E0463\]: can't find crate for .alloc.$" "$log"; then
    fails_as_it_must "one \`extern crate alloc\` is found (E0463: can't find crate for \`alloc\`)"
else
    broken "one \`extern crate alloc\` is found: it fails for another reason"
fi

# -- 2. no panic ----------------------------------------------------------------------------------

echo "No panic: a library whose panic handler calls a function that does not exist links"
for profile in release small; do
    if [ $profile = small ]; then opt=s; else opt=3; fi
    sentence="no panic can be reached: $(uname -m), \`compact\`, optimization $opt"
    if portable_build --profile $profile -p no-panic; then
        proves_link host_link "$work/linked.so" $target/$profile/libno_panic.a "$sentence"
    else
        broken "$sentence"
    fi
    sentence="one \`bytes[at]\` is found: $(uname -m), optimization $opt"
    if portable_build --profile $profile -p no-panic --features control; then
        controls_link host_link $target/$profile/libno_panic.a cba_panic_is_reachable "$sentence"
    else
        broken "$sentence"
    fi
done
for profile in release small; do
    if [ $profile = small ]; then opt=s; else opt=3; fi
    bare=thumbv7em-none-eabihf
    sentence="no panic can be reached: $bare, \`compact\`, optimization $opt"
    if bare_build $bare --profile $profile -p no-panic; then
        proves_link bare_link "$work/linked.elf" $target/bare/$bare/$profile/libno_panic.a "$sentence"
    else
        broken "$sentence"
    fi
    sentence="one \`bytes[at]\` is found: $bare, optimization $opt"
    if bare_build $bare --profile $profile -p no-panic --features control; then
        controls_link bare_link $target/bare/$bare/$profile/libno_panic.a cba_panic_is_reachable "$sentence"
    else
        broken "$sentence"
    fi
done

# -- 3. with ring ---------------------------------------------------------------------------------

echo "With ring: a library whose allocator calls functions that do not exist links"
sentence="nothing can be allocated: $(uname -m), \`ring\`, optimization 3"
sites=
if host_build --profile sites -p no-heap; then
    proves_link host_link "$work/linked.so" $target/sites/libno_heap.a "$sentence"
    if [ -e "$work/linked.so" ]; then
        mv "$work/linked.so" "$work/ring.so"
        sites=$work/ring.so
    fi
else
    broken "$sentence"
fi
sentence="one \`Box::new\` is found"
if host_build --profile sites -p no-heap --features control; then
    controls_link host_link $target/sites/libno_heap.a cba_heap_is_reachable "$sentence"
else
    broken "$sentence"
fi

if [ -n "$sites" ]; then
    proves_known_panic_sites "$sites"
else
    : > "$log"
    broken "the panic sites of other crates are known"
fi

# -------------------------------------------------------------------------------------------------

conclude proofs
