/* Startup, semihosting and measurement, for ARMv6-M, ARMv7E-M and RV32. No C library is used. */

#include "board.h"

#include <stddef.h>

extern uint32_t stack_top[], stack_bottom[], data_begin[], data_end[], data_load[], bss_begin[], bss_end[];

int main(void);
void entry(void);
void start(void);
void fault(void);

/* -- what a compiler calls unasked: small, and slow. Compiled so that their loops do not become calls of themselves -- */

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int value, size_t len);
int memcmp(const void *a, const void *b, size_t len);

void *memcpy(void *restrict to, const void *restrict from, size_t len) {
    for (size_t at = 0; at < len; at++) {
        ((unsigned char *)to)[at] = ((const unsigned char *)from)[at];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t len) {
    if ((uintptr_t)to <= (uintptr_t)from) {
        return memcpy(to, from, len);
    }
    while (len-- != 0) {
        ((unsigned char *)to)[len] = ((const unsigned char *)from)[len];
    }
    return to;
}

void *memset(void *to, int value, size_t len) {
    for (size_t at = 0; at < len; at++) {
        ((unsigned char *)to)[at] = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t len) {
    for (size_t at = 0; at < len; at++) {
        const int difference = ((const unsigned char *)a)[at] - ((const unsigned char *)b)[at];
        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}

/* -- semihosting: the one call that there is, with its instruction for each architecture -- */

static long semihosting(long operation, const void *argument) {
#if defined(__riscv)
    register long a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = argument;
    __asm__ volatile(
        ".balign 16\n .option push\n .option norvc\n slli x0, x0, 0x1f\n ebreak\n srai x0, x0, 7\n .option pop"
        : "+r"(a0) : "r"(a1) : "memory");
    return a0;
#else
    register long r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
#endif
}

void print(const char *text) {
    (void)semihosting(0x04, text);
}

static void leave(int failed) {
    const long parameters[2] = { 0x20026, failed };
    for (;;) {
        (void)semihosting(0x20, parameters);
    }
}

/* -- measurement -- */

#if defined(__riscv)
uint32_t instructions(void) {
    static uint32_t last;
    uint32_t now;
    __asm__ volatile(".option push\n .option arch, +zicsr\n csrr %0, minstret\n .option pop" : "=r"(now));
    const uint32_t since = now - last;
    last = now;
    return since;
}
#else
/* SysTick counts down from its greatest value: on the AN386 at 25 MHz, where an instruction takes a nanosecond. */
#define SYST_CSR (*(volatile uint32_t *)0xe000e010)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018)

uint32_t instructions(void) {
    const uint32_t left = SYST_CVR;
    SYST_RVR = 0xffffff;
    SYST_CSR = 5;
    SYST_CVR = 0;
    return (0xffffff - left) * 40;
}
#endif

#define PAINT 0xc5a3517eu

void __attribute__((noinline)) paint_stack(void) {
    const uintptr_t free = (uintptr_t)__builtin_frame_address(0) - 64;
    for (volatile uint32_t *word = stack_bottom; (uintptr_t)word < free; word++) {
        *word = PAINT;
    }
}

uint32_t __attribute__((noinline)) painted_over(void) {
    const volatile uint32_t *word = stack_bottom;
    while (word < stack_top && *word == PAINT) {
        word++;
    }
    return (uint32_t)((uintptr_t)__builtin_frame_address(0) - (uintptr_t)word);
}

/* -- startup -- */

void start(void) {
    const uint32_t *from = data_load;
    for (uint32_t *to = data_begin; (uintptr_t)to < (uintptr_t)data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *word = bss_begin; (uintptr_t)word < (uintptr_t)bss_end; word++) {
        *word = 0;
    }
    leave(main());
}

/* RISC-V keeps the mode in the two lowest bits of its address. */
__attribute__((used, aligned(4))) void fault(void) {
    print("fault\n");
    leave(1);
}

#if defined(__riscv)
__attribute__((naked, section(".vectors"), used)) void entry(void) {
    __asm__ volatile(".option arch, +zicsr\n la sp, stack_top\n la t0, fault\n csrw mtvec, t0\n j start");
}
#else
void entry(void) {
#if defined(__ARM_FP)
    /* The compiler may use the registers of the floating-point unit for anything. */
    *(volatile uint32_t *)0xe000ed88 |= 0xfu << 20;
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    start();
}

/* Where the stack begins, and who is called: at the start, and for each fault. */
struct vectors {
    uint32_t *stack;
    void (*handlers[15])(void);
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    stack_top,
    { entry, fault, fault, fault, fault, fault, NULL, NULL, NULL, NULL, fault, fault, NULL, fault, fault },
};
#endif
