/* Prints the versions of the library it runs with, and of the header it was compiled with. */
#include <cba.h>
#include <stdio.h>

int main(void)
{
    printf("%lu %lu %s ", (unsigned long)cba_version(), (unsigned long)CBA_VERSION_NUMBER, CBA_VERSION_STRING);
    printf("%lu %lu\n", (unsigned long)cba_abi_version(), (unsigned long)CBA_ABI_VERSION);
    return 0;
}
