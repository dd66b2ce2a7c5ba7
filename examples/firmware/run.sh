#!/bin/sh
# examples/firmware/run.sh: builds the appliance for each board, runs it under QEMU, and compares what it says with
# expected.txt.
#
# Environment: CARGO (cargo).
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

.ci/install gcc-arm-none-eabi binutils-arm-none-eabi gcc-riscv64-unknown-elf qemu-system-arm qemu-system-misc

out=target/firmware
mkdir -p "$out"
"${CARGO:-cargo}" run -q -p test-pki --example sites > "$out/sites.h"

flags='-std=c11 -Os -Wall -Wextra -Wpedantic -Werror -ffreestanding -ffunction-sections -fdata-sections'
failed=0

# board NAME TARGET COMPILER FLAGS -- QEMU...
board() {
    name=$1 bare=$2 compiler=$3 machine=$4
    shift 4
    ffi/bare.sh "$bare"
    # shellcheck disable=SC2086 # flags
    "$compiler" $flags $machine -I include -I "$out" "$here/appliance.c" "$here/board.c" "target/lib/$bare/libcba.a" \
        -nostdlib -nostartfiles -Wl,-z,noexecstack -Wl,--gc-sections -L "$here" -T "$here/$name.ld" -lgcc -o "$out/$name.elf"
    if timeout 120 "$@" -nographic -monitor none -serial null -semihosting-config enable=on,target=native \
        -kernel "$out/$name.elf" > "$out/$name.txt" 2>&1 < /dev/null && cmp -s "$here/expected.txt" "$out/$name.txt"; then
        echo "firmware: $name ($bare): as expected, $(wc -l < "$here/expected.txt") lines"
    else
        echo "firmware: $name ($bare): FAILED:"
        diff "$here/expected.txt" "$out/$name.txt" || true
        failed=1
    fi
}

board mps2-an386 thumbv7em-none-eabihf arm-none-eabi-gcc '-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16' \
    qemu-system-arm -M mps2-an386
board microbit thumbv6m-none-eabi arm-none-eabi-gcc -mcpu=cortex-m0 qemu-system-arm -M microbit
board virt riscv32imac-unknown-none-elf riscv64-unknown-elf-gcc '-march=rv32imac -mabi=ilp32' \
    qemu-system-riscv32 -M virt -bios none
exit $failed
