"""The curve engine as machine code: one curve after the other, each in scratch memory of its own size.

Nothing here is imported before the first fit: numba takes a third of a second to load. A curve's numbers
come from its own samples alone, so they are the same in any batch, order and number of threads.
"""
