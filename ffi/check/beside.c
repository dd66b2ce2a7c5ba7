/* Calls libcba and another library that is written in Rust. */
#include <stdint.h>
#include <stdio.h>

uint32_t cba_version(void);
uint32_t other_length(uint32_t);

int main(void)
{
    printf("%lu %lu\n", (unsigned long)cba_version(), (unsigned long)other_length(100));
    return 0;
}
