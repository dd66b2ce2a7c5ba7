# shellcheck shell=sh
# What the scripts that prove something share: how they speak, and how they find panic sites. To be sourced.
# It wants root (the repository), work (a directory to write to) and log (a file there).
: "${root:?}" "${work:?}" "${log:?}"

proofs=0
controls=0
failures=0

holds() {
    proofs=$((proofs + 1))
    printf '  holds    %s\n' "$1"
}

fails_as_it_must() {
    controls=$((controls + 1))
    printf '  control  %s\n' "$1"
}

# broken SENTENCE: a proof or a control that went the other way, with the end of the log.
broken() {
    failures=$((failures + 1))
    printf '  BROKEN   %s\n' "$1"
    tail -n 25 "$log" | sed 's/^/           | /'
}

# conclude NAME: the last line, and whether all is well.
conclude() {
    echo "$1: $proofs hold, $controls controls fail as they must, $failures broken"
    [ "$failures" = 0 ]
}

install() {
    "$root/.ci/install" "$@"
}

# need COMMAND PACKAGE...: a command, or the packages that bring it.
need() {
    command=$1
    shift
    command -v "$command" > /dev/null || install "$@" || exit 1
}

# A toolchain that can build the standard library's parts anew.
BARE_RUSTC=${BARE_RUSTC:-/usr/bin/rustc}
BARE_CARGO=${BARE_CARGO:-/usr/bin/cargo}

has_library_sources() {
    [ -x "$BARE_CARGO" ] && [ -x "$BARE_RUSTC" ] \
        && [ -d "$("$BARE_RUSTC" --print sysroot)/lib/rustlib/src/rust/library/core" ]
}

need_library_sources() {
    has_library_sources || install rustc-web cargo-web rust-web-src || exit 1
    has_library_sources || {
        echo "$BARE_RUSTC has no library sources; set BARE_RUSTC and BARE_CARGO" >&2
        exit 1
    }
}

# panic_sites FILE: where in the source the calls come from that lead to the panic handler, one
# `crate-version/file:line` each; library code is walked through to whoever called it.
panic_sites() {
    objdump -dC --no-show-raw-insn "$1" | awk '
        /^[0-9a-f]+ <.*>:$/ { sub(/^[0-9a-f]+ </, ""); sub(/>:$/, ""); caller = $0; next }
        /(call|jmp|j[a-z]+|bl?|b\.[a-z]+)[ \t]+[0-9a-f]+ <.*>$/ {
            callee = $0; sub(/^[^<]*</, "", callee); sub(/>$/, "", callee)
            if (callee ~ /\+0x[0-9a-f]+$/) next
            at = $1; sub(/:$/, "", at)
            n++; from[n] = caller; to[n] = callee; where[n] = at
        }
        END {
            for (i = 1; i <= n; i++) if (to[i] ~ /^core::panicking::/) panics[to[i]] = 1
            do {
                grown = 0
                for (i = 1; i <= n; i++)
                    if ((to[i] in panics) && !(from[i] in panics) && from[i] ~ /^(core|alloc)::/) {
                        panics[from[i]] = 1
                        grown = 1
                    }
            } while (grown)
            for (i = 1; i <= n; i++) if ((to[i] in panics) && !(from[i] in panics)) print where[i]
        }' > "$work/addresses"
    while read -r address; do
        # Innermost frame first: the first that is not the library's own.
        addr2line -i -e "$1" "0x$address" 2> /dev/null | sed 's/ (discriminator.*//' \
            | awk '!/\/rustc\/|\/library\/(core|alloc|std)\// { print; found = 1; exit }
                   END { if (!found) print "unknown" }'
    done < "$work/addresses" \
        | sed -e 's:.*/\([a-z0-9_-]*-[0-9][0-9.]*[^/]*/\):\1:' -e "s:^$(cd "$root" && pwd)/::" | sort -u
}


# new_panic_sites FILE: those that are not known, into the log; one of ours is never known.
new_panic_sites() {
    panic_sites "$1" > "$work/sites"
    grep -v -e '^#' -e '^$' "$root/proofs/ring-panic-sites.txt" | sort -u > "$work/sites-known"
    comm -23 "$work/sites" "$work/sites-known" > "$log"
}

# proves_known_panic_sites FILE
proves_known_panic_sites() {
    if new_panic_sites "$1" && [ ! -s "$log" ]; then
        gone=$(comm -13 "$work/sites" "$work/sites-known" | wc -l)
        holds "the panic sites of other crates are known: $(wc -l < "$work/sites") found, $gone not found (proofs/ring-panic-sites.txt)"
    else
        broken "the panic sites of other crates are known: these are new"
    fi
}
