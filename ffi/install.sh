#!/bin/sh
# ffi/install.sh install|uninstall: puts what `make lib` built, and the headers, where they belong, or takes
# them away again. It builds nothing, so that root need not.
#
# Environment: PREFIX (/usr/local), LIBDIR (PREFIX/lib), INCLUDEDIR (PREFIX/include); DESTDIR, put before all of
# them; BACKEND (ring).
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

PREFIX=${PREFIX:-/usr/local}
LIBDIR=${LIBDIR:-$PREFIX/lib}
INCLUDEDIR=${INCLUDEDIR:-$PREFIX/include}
DESTDIR=${DESTDIR:-}
built=target/lib/${BACKEND:-ring}

version=$(ffi/version.sh)
soname=$(ffi/version.sh soname)

for directory in "$PREFIX" "$LIBDIR" "$INCLUDEDIR"; do
    case $directory in
        *[!A-Za-z0-9/._+~-]*) echo "install: unusual character in $directory" >&2 && exit 1 ;;
        /*) ;;
        *) echo "install: not an absolute path: $directory" >&2 && exit 1 ;;
    esac
done

# What is installed: a kind, its source and its destination a line.
files() {
    for header in include/*.h include/*.hpp; do
        [ ! -e "$header" ] || echo "file $header $INCLUDEDIR/${header#include/}"
    done
    echo "file $built/libcba.a $LIBDIR/libcba.a"
    echo "file $built/libcba.so.$version $LIBDIR/libcba.so.$version"
    echo "link libcba.so.$version $LIBDIR/$soname"
    echo "link $soname $LIBDIR/libcba.so"
    echo "template ffi/install/cba.pc.in $LIBDIR/pkgconfig/cba.pc"
    echo "template ffi/install/cbaConfig.cmake.in $LIBDIR/cmake/cba/cbaConfig.cmake"
    echo "template ffi/install/cbaConfigVersion.cmake.in $LIBDIR/cmake/cba/cbaConfigVersion.cmake"
}

put() {
    case $1 in
        file) install -D -m 644 "$2" "$3" ;;
        link) ln -sf "$2" "$3" ;;
        template)
            install -D -m 644 /dev/null "$3"
            sed -e "s|@PREFIX@|$PREFIX|" -e "s|@LIBDIR@|$LIBDIR|" -e "s|@INCLUDEDIR@|$INCLUDEDIR|" \
                -e "s|@INCLUDE_FROM_LIB@|$(realpath -m --relative-to="$LIBDIR" "$INCLUDEDIR")|" \
                -e "s|@VERSION@|$version|" -e "s|@MAJOR@|${version%%.*}|" -e "s|@SONAME@|$soname|" "$2" > "$3"
            ;;
    esac
}

case ${1:-} in
    install)
        [ -e "$built/libcba.a" ] || { echo "install: nothing in $built: make lib BACKEND=${BACKEND:-ring} first" >&2 && exit 1; }
        files | while read -r kind source destination; do
            put "$kind" "$source" "$DESTDIR$destination"
            echo "install: $DESTDIR$destination"
        done
        ;;
    uninstall)
        files | while read -r _ _ destination; do
            rm -f "$DESTDIR$destination"
        done
        # Directories that others use too stay.
        [ ! -d "$DESTDIR$LIBDIR/cmake/cba" ] || rmdir --ignore-fail-on-non-empty "$DESTDIR$LIBDIR/cmake/cba"
        ;;
    *)
        echo 'usage: ffi/install.sh install|uninstall' >&2
        exit 1
        ;;
esac
