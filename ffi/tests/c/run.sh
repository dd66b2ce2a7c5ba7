#!/bin/sh
# The tests of the C library, in C and C++: as C99 and as C++11 with every warning an error; plainly, under
# valgrind, under AddressSanitizer with UndefinedBehaviorSanitizer, under ThreadSanitizer. For AddressSanitizer
# and ThreadSanitizer libcba is built anew, instrumented as the tests are: all of its Rust, and core and alloc;
# not ring's C and assembler. UndefinedBehaviorSanitizer is of C and C++ alone: the tests and the headers.
#
# Environment: CARGO, CC, CXX; BARE_RUSTC and BARE_CARGO (proofs/lib.sh); CBA_THREADS_SECONDS, how long 16
# threads share a verifier (3).
set -u
export LC_ALL=C
cd "$(dirname "$0")/../../.." || exit 1

export CARGO="${CARGO:-cargo}" CC="${CC:-cc}" CXX="${CXX:-c++}"
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_BUILD_TARGET
unset CFLAGS CXXFLAGS LDFLAGS MAKEFLAGS
root=.
work=target/lib/tests
log=$work/log
rm -rf "$work"
mkdir -p "$work"
# shellcheck source=proofs/lib.sh
. proofs/lib.sh

need "$CC" gcc libc6-dev
need "$CXX" g++
need pkg-config pkg-config
need openssl openssl
need valgrind valgrind
install libssl-dev || exit 1
need_library_sources

seconds=${CBA_THREADS_SECONDS:-3}
warnings='-Wall -Wextra -Wpedantic -Werror'
openssl=$(pkg-config --libs openssl)
passed=0
failed=0
host=$(uname -m)-unknown-linux-gnu

# counted NAME COMMAND...: a run, with what it says; its own numbers are added up.
counted() {
    name=$1
    shift
    "$@" > "$log" 2>&1
    status=$?
    says=$(grep -E '^[a-z]+: [0-9]+ passed, [0-9]+ failed$' "$log")
    if [ $status = 0 ] && [ -n "$says" ]; then
        passed=$((passed + $(echo "$says" | sed 's/.*: \([0-9]*\) passed.*/\1/')))
        printf '  %-32s %s\n' "$name" "${says#*: }"
        grep 'decisions on one verifier' "$log" | sed 's/^threads: /      /'
    else
        failed=$((failed + 1))
        printf '  %-32s FAILED with %s\n' "$name" $status
        tail -n 60 "$log" | sed 's/^/      /'
    fi
}

# must SENTENCE COMMAND...: what is no test, but must work.
must() {
    sentence=$1
    shift
    "$@" > "$log" 2>&1 && return
    failed=$((failed + 1))
    printf '  FAILED: %s\n' "$sentence"
    tail -n 40 "$log" | sed 's/^/      /'
    return 1
}

# finds WORDS NAME COMMAND...: a control: what is wrong is found, by those words.
finds() {
    words=$1
    name=$2
    shift 2
    if ! "$@" > "$log" 2>&1 && grep -q "$words" "$log" && grep -q 'cba_workspace_init' "$log"; then
        passed=$((passed + 1))
        printf '  %-32s control: found in libcba\n' "$name"
    else
        failed=$((failed + 1))
        printf '  %-32s FAILED: nothing was found\n' "$name"
    fi
}

# compile OUTPUT LIBRARY SOURCE FLAGS...: a test program. The language is that of the standard in the flags.
compile() {
    output=$1
    library=$2
    source=$3
    shift 3
    case "$*" in
        *c++*) compiler="$CXX -x c++" ;;
        *) compiler="$CC -D_POSIX_C_SOURCE=200809L" ;;
    esac
    # shellcheck disable=SC2086 # flags
    must "$output is compiled" $compiler -g $warnings "$@" -Iinclude -I"$work" -o "$output" \
        "ffi/tests/c/$source" -x none $library $openssl -lpthread -Wl,--gc-sections
}

# instrumented SANITIZER: libcba built anew, and how test programs link with it.
instrumented() {
    build=target/lib/$1
    must "libcba is built for the $1 sanitizer" \
        env RUSTC_BOOTSTRAP=1 RUSTC="$BARE_RUSTC" RUSTFLAGS="-Zsanitizer=$1" \
        CARGO_PROFILE_RELEASE_DEBUG=line-tables-only CARGO_PROFILE_RELEASE_LTO=off \
        "$BARE_CARGO" rustc --release -p cba-staticlib --no-default-features --features ring \
        --target "$host" -Zbuild-std=core,alloc --target-dir "$build" -- --cfg cba_link || return
    must "what it asks for is compiled" \
        "$CC" -O1 -fno-builtin "-fsanitize=$1" -c -o "$work/$1.o" ffi/tests/c/instrumented.c
    library="$work/$1.o $build/$host/release/libcba_staticlib.a"
}

must 'the library is built' ffi/build.sh ring || exit 1
must 'certificates are made' ffi/tests/c/certificates.sh "$work/pki" || exit 1
sed -n 's/^#define \(CBA_STATUS_[A-Z0-9_]*\) .*/\1,/p' include/cba.h > "$work/statuses.h"
plain=target/lib/ring/libcba.a
tests='null misuse decisions openssl'

echo 'As C and as C++, plainly'
for standard in c99 c11 c++11 c++17; do
    for test in $tests threads; do
        compile "$work/$test-$standard" $plain "$test.c" -O2 -std=$standard || continue
        [ "$test" = threads ] || counted "$test, $standard" "$work/$test-$standard" "$work/pki"
    done
done
for standard in c++11 c++17 c++20; do
    compile "$work/convenience-$standard" $plain convenience.cpp -O2 -std=$standard \
        && counted "convenience, $standard" "$work/convenience-$standard" "$work/pki"
done
for standard in c11 c17; do
    compile "$work/server-$standard" $plain ../../../examples/c-server/server.c -O2 -std=$standard
done
for standard in c++11 c++17 c++20; do
    compile "$work/judge-$standard" $plain ../../../examples/cpp/judge.cpp -O2 -std=$standard
done
[ "$(wc -l < examples/c-server/server.c)" -le 200 ] || must 'the server has at most 200 lines' false
counted 'threads' "$work/threads-c99" "$work/pki" 16 "$seconds"

echo 'Under valgrind'
grind() {
    valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible \
        --errors-for-leak-kinds=definite,indirect,possible --fair-sched=yes "$@"
}
for test in $tests; do
    counted "$test" grind "$work/$test-c99" "$work/pki"
done
counted 'convenience' grind "$work/convenience-c++11" "$work/pki"
counted 'threads' grind "$work/threads-c99" "$work/pki" 4 0

echo 'Under AddressSanitizer and UndefinedBehaviorSanitizer'
export ASAN_OPTIONS=abort_on_error=0:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=exitcode=66
if instrumented address; then
    sanitize='-O1 -fsanitize=address,undefined -fno-sanitize-recover=all'
    for test in $tests threads controls; do
        # shellcheck disable=SC2086 # flags
        compile "$work/$test-address" "$library" $test.c -std=c99 $sanitize
    done
    # shellcheck disable=SC2086 # flags
    compile "$work/convenience-address" "$library" convenience.cpp -std=c++11 $sanitize
    for test in $tests convenience; do
        counted "$test" "$work/$test-address" "$work/pki"
    done
    counted 'threads' "$work/threads-address" "$work/pki" 16 "$seconds"
    finds 'heap-buffer-overflow' 'too few bytes' "$work/controls-address" memory
fi

echo 'Under ThreadSanitizer'
if instrumented thread; then
    for test in misuse threads controls; do
        compile "$work/$test-thread" "$library" $test.c -std=c99 -O1 -fsanitize=thread
    done
    compile "$work/convenience-thread" "$library" convenience.cpp -std=c++11 -O1 -fsanitize=thread
    counted 'misuse' "$work/misuse-thread" "$work/pki"
    counted 'convenience' "$work/convenience-thread" "$work/pki"
    counted 'threads' "$work/threads-thread" "$work/pki" 16 "$seconds"
    finds 'data race' 'one memory, two threads' "$work/controls-thread" race
fi

echo "C tests: $passed passed, $failed failed"
[ "$failed" = 0 ]
