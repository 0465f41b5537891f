"""How the libraries say that there is no memory left."""

from __future__ import annotations

# OpenCV and ONNX Runtime have errors of their own for it, told apart only by their words.
SIGNS = (
    "insufficient memory",
    "bad_alloc",
    "bad allocation",
    "failed to allocate",
    "outofmemory",
    "cannot allocate memory",
    "failed to map segment",
)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that there was not enough memory, in whatever library it arose."""
    return isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in SIGNS)
