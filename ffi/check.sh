#!/bin/sh
# Builds the C libraries and checks them as they are shipped: what they export, what they ask for, what cannot be
# reached in them; then installs them into a tree of its own, uses them from there, and removes them.
# A check that could pass by looking at nothing is followed by its negative control: a library with one
# function more (ffi/staticlib/src/control.rs), or the same test turned round, which must fail.
#
# Environment: CARGO (cargo), CC (cc), CXX (c++).
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 1

export CARGO="${CARGO:-cargo}" CC="${CC:-cc}" CXX="${CXX:-c++}"
# What a variable of the caller's shell could change would be checked for that shell alone.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_BUILD_TARGET CFLAGS CXXFLAGS LDFLAGS MAKEFLAGS
unset PREFIX LIBDIR INCLUDEDIR DESTDIR BACKEND
root=.
work=$(pwd)/target/lib/check
log=$work/log
rm -rf "$work"
mkdir -p "$work"
# shellcheck source=proofs/lib.sh
. proofs/lib.sh

need "$CC" gcc libc6-dev
need "$CXX" g++
need pkg-config pkg-config
need cmake cmake
install libssl-dev || exit 1

version=$(ffi/version.sh)
number=$(ffi/version.sh number)
soname=$(ffi/version.sh soname)
warnings='-Wall -Wextra -Wpedantic -Werror'

# says SENTENCE: what was found out goes by whether the log is empty.
says() {
    if [ -s "$log" ]; then broken "$1"; else holds "$1"; fi
}

# finds SENTENCE WANTED: a control: in the log stands what is wanted, and nothing else.
finds() {
    if [ "$(sort -u "$log" | tr '\n' ' ')" = "$2 " ]; then
        fails_as_it_must "$1 ($2)"
    else
        broken "$1: wanted: $2"
    fi
}

# -- what is in a library -------------------------------------------------------------------------

# What another program may link with, one symbol a line.
exported() {
    case $1 in
        *.so) nm -D --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u ;;
        *.a) nm -g --defined-only "$1" | awk 'NF == 3 { print $3 }' | sort -u ;;
    esac
}

# What a library asks others for; the linker's own table is not asked of anybody.
undefined_in() {
    case $1 in
        *.so) nm -D -u "$1" ;;
        *.a) nm -u "$1" ;;
    esac | awk '($1 == "U" || $1 == "w") && $2 != "_GLOBAL_OFFSET_TABLE_" { sub(/@.*/, "", $2); print $2 }' | sort -u
}

# The names of all symbols, local ones and those of functions that came from elsewhere among them.
symbols() {
    nm -C "$1" | sed -n 's/^[0-9a-f ]\{8,16\} [A-Za-z] //p' | sed 's/@.*//' | sort -u
}

# The functions that a header declares.
declared() {
    "$CC" -E -P "$1" | grep -oE '\bcba_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u
}

panics='core::panicking|begin_unwind|unwrap_failed|expect_failed|abort|personality|cba_panic'
allocators='__rust_(no_)?.*alloc|^<?alloc::|cba_heap|^(malloc|calloc|realloc|reallocarray|free|cfree|valloc|pvalloc|memalign|aligned_alloc|posix_memalign|strdup|brk|sbrk|mmap|mmap64|munmap|mremap)$'
# Of the C library; sorted.
asked_for='bcmp memcmp memcpy memmove memset'

# unlisted FILE: what it exports beyond ffi/exports.txt, or lacks.
unlisted() {
    exported "$1" | comm -3 ffi/exports.txt - | tr -d '\t'
}

# unknown FILE: what it asks for that is not in $work/known.
unknown() {
    undefined_in "$1" | comm -13 "$work/known" -
}

# of_both FUNCTION BACKEND: what it says of the static and of the shared library.
of_both() {
    "$1" "target/lib/$2/libcba.a"
    "$1" "target/lib/$2/libcba.so"
}

check_symbols() {
    backend=$1
    control=$backend-control
    for kind in "" control; do
        if ! ffi/build.sh "$backend" $kind > "$log" 2>&1; then
            broken "$backend: the libraries ${kind:+of the control }are built"
            return
        fi
    done

    of_both unlisted "$backend" > "$log"
    nm "target/lib/$backend/build/release/libcba_staticlib.a" 2> /dev/null | sed -n 's/.* T \(cba_.*\)/\1/p' \
        | sort -u | comm -3 ffi/exports.txt - >> "$log"
    says "$backend: $(wc -l < ffi/exports.txt) functions are exported, those of ffi/exports.txt and nothing else"
    of_both unlisted "$control" > "$log"
    finds "$backend: a function that is not listed is found" cba_control

    echo "$asked_for" | tr ' ' '\n' > "$work/known"
    # Where ring's panic sites end.
    [ "$backend" = compact ] || sed -i '1i abort' "$work/known"
    of_both unknown "$backend" > "$log"
    says "$backend: nothing is asked for but $(tr '\n' ' ' < "$work/known" | sed 's/ $//')"
    of_both unknown "$control" > "$log"
    case $backend in
        ring) finds "$backend: what else is asked for is found" 'malloc' ;;
        compact) finds "$backend: what else is asked for is found" 'abort malloc' ;;
    esac

    of_both symbols "$backend" | grep -E "$allocators" > "$log"
    says "$backend: no allocator is in it or asked for"
    of_both symbols "$control" | grep -E "$allocators" > "$log"
    finds "$backend: a call to malloc is found" malloc
}

echo "The libraries as shipped: exported, asked for, reached"
sort -uc ffi/exports.txt 2> "$log"
declared include/cba.h | comm -3 ffi/exports.txt - >> "$log"
says "include/cba.h declares the functions of ffi/exports.txt and no other"

check_symbols ring
proves_known_panic_sites "target/lib/ring/libcba.so.$version"
new_panic_sites "target/lib/ring-control/libcba.so.$version"
finds 'ring: one bytes[at] is found' "ffi/staticlib/src/control.rs:$(grep -nF 'bytes[at]' ffi/staticlib/src/control.rs | cut -d: -f1)"

check_symbols compact
of_both symbols compact | grep -E "$panics" > "$log"
says "compact: no panic can be reached"
of_both symbols compact-control | grep -E "$panics" | sed 's/^__rustc:://' > "$log"
finds 'compact: one bytes[at] is found' 'abort core::panicking::panic_bounds_check core::panicking::panic_fmt rust_begin_unwind'

for backend in ring compact; do
    readelf -dW target/lib/$backend/libcba.so | sed -n 's/.*(\(SONAME\|NEEDED\)).*\[\(.*\)\]/\1 \2/p' \
        | grep -vx -e "SONAME $soname" -e 'NEEDED libc.so.6' > "$log"
    readelf -dW target/lib/$backend/libcba.so | grep -q "SONAME.*\\[$soname\\]" || echo 'no SONAME' >> "$log"
    readelf -dW target/lib/$backend/libcba.so | grep TEXTREL >> "$log"
    readelf -lW target/lib/$backend/libcba.so | grep 'LOAD.*RWE\|GNU_STACK.*E ' >> "$log"
    [ "$(readlink target/lib/$backend/libcba.so)" = "$soname" ] \
        && [ "$(readlink "target/lib/$backend/$soname")" = "libcba.so.$version" ] || echo 'links' >> "$log"
    says "$backend: libcba.so is $soname, which is libcba.so.$version; it needs the C library alone; no memory is written and run"
done

# -- beside other Rust libraries ------------------------------------------------------------------

echo "The static library beside another one in Rust, all of both"
# beside LIBRARY: links all of it with all of a library that has the standard library in it.
beside() {
    rm -f "$work/beside"
    "$CC" -o "$work/beside" ffi/check/beside.c -Wl,--whole-archive "$1" "$work/libbeside.a" -Wl,--no-whole-archive \
        -lm -lpthread -ldl -lgcc_s > "$log" 2>&1
}
"${RUSTC:-rustc}" --edition 2024 --crate-type staticlib -O -o "$work/libbeside.a" ffi/check/beside.rs > "$log" 2>&1
echo "$number 3" > "$work/wanted"
for backend in ring compact; do
    beside target/lib/$backend/libcba.a && "$work/beside" 2>&1 | diff - "$work/wanted" > "$log"
    says "$backend: they link, and both work"
done
beside target/lib/ring/build/release/libcba_staticlib.a
grep -o 'multiple definition' "$log" > "$work/found"
cp "$work/found" "$log"
finds "what Cargo made does not" 'multiple definition'

# -- installing -----------------------------------------------------------------------------------

echo "Installed, used and removed"
dest=$work/dest
libdir=/usr/lib/$("$CC" -print-multiarch 2> /dev/null)
prefix=$work/prefix

listed() {
    (cd "$1" && find . ! -type d -o -name cba | sort)
}

# Somebody else's.
mkdir -p "$dest/usr/include" "$dest$libdir/cmake" "$dest$libdir/pkgconfig"
touch "$dest/usr/include/other.h" "$dest$libdir/libother.a" "$dest$libdir/pkgconfig/other.pc"
listed "$dest" > "$work/before"
make -s install PREFIX=/usr LIBDIR="$libdir" DESTDIR="$dest" > "$work/said" 2>&1
listed "$dest" | comm -13 "$work/before" - > "$work/installed"
{
    (cd include && find . ! -type d) | sed 's:^\.:./usr/include:'
    for name in libcba.a libcba.so "$soname" "libcba.so.$version" pkgconfig/cba.pc \
        cmake/cba cmake/cba/cbaConfig.cmake cmake/cba/cbaConfigVersion.cmake; do
        echo ".$libdir/$name"
    done
} | sort | diff - "$work/installed" > "$log" || cat "$work/said" >> "$log"
says "make install DESTDIR=… puts there $(wc -l < "$work/installed") names, and nothing else"

make -s install PREFIX="$prefix" > "$log" 2>&1 || broken "make install PREFIX=…"

export PKG_CONFIG_LIBDIR="$prefix/lib/pkgconfig"
# judged PROGRAM NEEDED SENTENCE: it says the versions, and loads that library (or none).
judged() {
    said=$(LD_LIBRARY_PATH=$prefix/lib "$1" 2>&1)
    [ "$said" = "$number $number $version ${version%%.*} ${version%%.*}" ] || echo "the program says: $said" >> "$log"
    needed=$(readelf -dW "$1" | sed -n 's|.*(NEEDED).*\[\(libcba[^]]*\)\].*|\1|p')
    [ "$needed" = "$2" ] || echo "needs: $needed" >> "$log"
    says "$3"
}
for standard in c99 c++11; do
    case $standard in
        c99) compiler="$CC -std=c99" ;;
        c++11) compiler="$CXX -x c++ -std=c++11" ;;
    esac
    # shellcheck disable=SC2046,SC2086 # flags
    {
        $compiler $warnings -c -o "$work/version.o" $(pkg-config --cflags cba) ffi/check/version.c > "$log" 2>&1
        "$CC" -o "$work/shared" "$work/version.o" $(pkg-config --libs cba) >> "$log" 2>&1
        judged "$work/shared" "$soname" "$standard, every warning an error, by pkg-config, shared"
        "$CC" -static -o "$work/static" "$work/version.o" $(pkg-config --static --libs cba) > "$log" 2>&1
        judged "$work/static" '' "$standard, every warning an error, by pkg-config, static"
    }
done

for header in "$prefix"/include/*; do
    name=${header##*/}
    printf '#include <%s>\n#include <%s>\n' "$name" "$name" > "$work/include.c"
    : > "$log"
    # shellcheck disable=SC2086 # flags
    case $name in
        *.h) "$CC" -std=c99 $warnings -fsyntax-only -I"$prefix/include" "$work/include.c" >> "$log" 2>&1 ;;
    esac
    # shellcheck disable=SC2086 # flags
    "$CXX" -x c++ -std=c++11 $warnings -fsyntax-only -I"$prefix/include" "$work/include.c" >> "$log" 2>&1
    says "$name can be included alone, and twice"
done

# From a tree that was moved.
cmake_project() {
    cmake -S ffi/check -B "$work/cmake" -DCMAKE_PREFIX_PATH="$dest/usr" -DCBA_WANTED="$1" \
        -DCMAKE_C_FLAGS="$warnings" -DCMAKE_CXX_FLAGS="$warnings"
}
cmake_project "$version" > "$log" 2>&1 && cmake --build "$work/cmake" >> "$log" 2>&1 && : > "$log"
for language in c cpp; do
    judged "$work/cmake/shared.$language" "$soname" "$language, every warning an error, by CMake, cba::cba"
    : > "$log"
    judged "$work/cmake/static.$language" '' "$language, every warning an error, by CMake, cba::static"
    : > "$log"
done
rm -rf "$work/cmake"
cmake_project "$((${version%%.*} + 1))" 2>&1 | grep -o 'considered but not accepted' > "$log"
finds "another first number is refused by CMake" 'considered but not accepted'

{
    make -s uninstall PREFIX=/usr LIBDIR="$libdir" DESTDIR="$dest" 2>&1
    make -s uninstall PREFIX="$prefix" 2>&1
    listed "$dest" | diff "$work/before" -
    find "$prefix" ! -type d
} > "$log"
says "make uninstall takes away all of it, and nothing else"

conclude libraries
