/* What the examples need of a board: to say something, and to be measured. */

#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Writes text where the debugger reads it (semihosting). */
void print(const char *text);

/* Instructions since the last call; right for less than 2^24 times those of a tick. */
uint32_t instructions(void);

/* Fills the free part of the stack, and says how much of it was used since. */
void paint_stack(void);
uint32_t painted_over(void);

#endif
