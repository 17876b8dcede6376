"""A network as a C99 program that needs libm alone."""
