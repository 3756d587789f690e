"""What a training asks of the allocator, and whether it has room."""

import ctypes
from math import ceil

import psutil

from lastfm_gnn.core.program import InputError

GIB = 2**30


def keep_freed_memory() -> None:
    """Tell glibc to reuse the batches' freed memory instead of giving it back and faulting it in anew.

    The same tensors of some MB come and go in every batch: 2,000 page faults a batch, a tenth of its time.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):  # not on macOS
        m_trim_threshold, m_mmap_threshold = -1, -3
        library.mallopt(m_trim_threshold, 2**30)
        library.mallopt(m_mmap_threshold, 2**25)  # glibc's largest


def expect_room(what: str, needed: float, instead: str) -> None:
    """Raise InputError where `needed` bytes are not free; instead: what to do then."""
    free = psutil.virtual_memory().available
    if needed > free:
        raise InputError(f"{what} needs {ceil(needed / GIB):,} GiB of memory, {free / GIB:,.1f} are free; {instead}")
