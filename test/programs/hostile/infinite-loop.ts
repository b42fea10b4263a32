/** Never comes to anything, and never gives the processor away. */
for (;;);
