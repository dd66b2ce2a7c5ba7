#!/bin/sh
# examples/firmware/report.sh [FILE]: what a login costs on the boards whose instructions can be counted, tab-separated.
# With a file, what was committed before, it fails where a figure differs by more than one in a hundred.
#
# Flash is what of the library is linked with measure.c; RAM is verifier, workspace and the stack that was painted over,
# for a chain of two signatures with keys of RSA-2048.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
# shellcheck source=examples/firmware/board.sh
. examples/firmware/board.sh

report=$out/report.tsv
printf 'profile\ttarget\tflash_bytes\tram_bytes\tinstructions_p256\tinstructions_rsa2048\n' > "$report"
for name in mps2-an386 virt; do
    choose $name
    build measure
    run measure > "$out/$name-measure.txt" 2>&1
    flash=0
    for size in $(awk '
        /^Linker script and memory map/ { linked = 1 }
        /^ \.[a-zA-Z]/ { section = $1 }
        linked && section ~ /^\.(text|rodata|srodata|ARM\.ex)/ && /libcba\.a\(/ && $(NF - 1) ~ /^0x/ { print $(NF - 1) }' \
        "$out/$name-measure.map"); do
        flash=$((flash + size))
    done
    awk -F '\t' -v target="$target" -v flash="$flash" '
        $1 == "P-256" { p256 = $4 }
        $1 == "RSA-2048" { rsa = $4; ram = $2 + $3 }
        END { printf "full\t%s\t%d\t%d\t%d\t%d\n", target, flash, ram, p256, rsa }' "$out/$name-measure.txt" >> "$report"
done
cat "$report"
[ -n "${1:-}" ] || exit 0
paste "$report" "$1" | awk -F '\t' '
    NR > 1 {
        for (i = 3; i <= 6; i++)
            if ($1 != $7 || $2 != $8 || $i * 100 > $(i + 6) * 101 || $i * 100 < $(i + 6) * 99) {
                print "firmware-report: " $1 " " $2 ": " $i ", was " $(i + 6)
                drifted = 1
            }
    }
    END { exit drifted }' >&2
