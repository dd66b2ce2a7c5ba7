#!/bin/sh
# examples/firmware/run.sh: builds the appliance for each board, runs it under QEMU, and compares what it says with
# expected.txt.
#
# Environment: CARGO (cargo).
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
# shellcheck source=examples/firmware/board.sh
. examples/firmware/board.sh

failed=0
for name in mps2-an386 microbit virt; do
    choose $name
    build appliance
    said=$out/$name-appliance.txt
    if run appliance > "$said" 2>&1 && cmp -s $here/expected.txt "$said"; then
        echo "firmware: $name ($target): as expected, $(wc -l < "$said") lines"
    else
        echo "firmware: $name ($target): FAILED:"
        diff $here/expected.txt "$said" || true
        failed=1
    fi
done
exit $failed
