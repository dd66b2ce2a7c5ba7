/* Prints the version of the library it runs with, and of the header it was compiled with. */
#include <cba.h>
#include <stdio.h>

int main(void)
{
    printf("%lu %lu %s\n", (unsigned long)cba_version(), (unsigned long)CBA_VERSION_NUMBER, CBA_VERSION_STRING);
    return 0;
}
