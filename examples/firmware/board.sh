# shellcheck shell=sh
# How a program for one of the boards is built and run. To be sourced, in the root of the repository.

.ci/install gcc-arm-none-eabi binutils-arm-none-eabi gcc-riscv64-unknown-elf qemu-system-arm qemu-system-misc >&2

here=examples/firmware
out=target/firmware
mkdir -p "$out"

# What is in flash, the same bytes each time.
"${CARGO:-cargo}" run -q -p test-pki --example sites > "$out/sites.h"

# choose BOARD: what it is built for, and with what it is run.
choose() {
    board=$1
    case $board in
        mps2-an386)
            target=thumbv7em-none-eabihf
            compiler='arm-none-eabi-gcc -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16'
            machine='qemu-system-arm -M mps2-an386'
            ;;
        microbit)
            target=thumbv6m-none-eabi
            compiler='arm-none-eabi-gcc -mcpu=cortex-m0'
            machine='qemu-system-arm -M microbit'
            ;;
        virt)
            target=riscv32imac-unknown-none-elf
            compiler='riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32'
            machine='qemu-system-riscv32 -M virt -bios none'
            ;;
        *)
            echo "board: which is $board?" >&2
            return 1
            ;;
    esac
}

# build PROGRAM: program.c for the board that was chosen, with the library for its processor.
build() {
    ffi/bare.sh "$target" > "$out/$board-library.log" 2>&1 || { cat "$out/$board-library.log" >&2; return 1; }
    # shellcheck disable=SC2086 # a compiler with its flags
    $compiler -std=c11 -Os -Wall -Wextra -Wpedantic -Werror -ffreestanding \
        -fno-tree-loop-distribute-patterns -ffunction-sections -fdata-sections \
        -I include -I "$out" "$here/$1.c" "$here/board.c" "target/lib/$target/libcba.a" -nostdlib -nostartfiles \
        -Wl,--gc-sections -Wl,-z,noexecstack -Wl,-Map="$out/$board-$1.map" -L "$here" -T "$here/$board.ld" -lgcc \
        -o "$out/$board-$1.elf"
}

# run PROGRAM: what it says. An instruction takes a nanosecond of the board's time.
run() {
    # shellcheck disable=SC2086 # QEMU with its flags
    timeout 120 $machine -icount shift=0 -nographic -monitor none -serial null \
        -semihosting-config enable=on,target=native -kernel "$out/$board-$1.elf" < /dev/null
}
