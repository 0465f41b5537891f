"""Machine code: how functions are compiled, and where it is kept. Every room may use it."""
