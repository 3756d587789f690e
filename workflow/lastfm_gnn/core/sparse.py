"""Products of sparse matrices with dense ones, of which the dense ones are trained."""

import warnings
from typing import Protocol

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta state")
warnings.filterwarnings("ignore", "Sparse invariant checks are implicitly disabled")


def _tensor(matrix: sp.csr_array, device: torch.device | str) -> Tensor:
    rows, columns = (torch.from_numpy(part.astype(np.int32)).to(device) for part in (matrix.indptr, matrix.indices))
    values = torch.from_numpy(matrix.data.astype(np.float32)).to(device)
    return torch.sparse_csr_tensor(rows, columns, values, matrix.shape)


def sparse_one_hot(numbers: np.ndarray, count: int) -> sp.csr_array:
    """(n, count): 1 where a row has its number (n,). As a SparseMatrix, its product with a dense matrix is quicker
    than an index, above all the gradient."""
    n = len(numbers)
    return sp.csr_array((np.ones(n, dtype=np.float32), numbers, np.arange(n + 1)), (n, count))


# A sum over embeddings is twice as fast as MKL's product where columns are many, but rounds differently: matrices of
# the sizes of HetRec and LastFM Asia keep MKL's, and so their figures.
LARGE, WIDE = 1 << 22, 32  # entries, columns


class Product(Protocol):
    """What a dense matrix can be multiplied by, from the left."""

    def __matmul__(self, dense: Tensor) -> Tensor: ...


class SparseMatrix:
    """A constant (rows, columns) matrix in float32, and its transpose for the gradient."""

    def __init__(self, matrix: sp.sparray, device: torch.device | str = "cpu"):
        self.forward, self.backward = _tensor(matrix.tocsr(), device), _tensor(matrix.T.tocsr(), device)

    def __matmul__(self, dense: Tensor) -> Tensor:
        """(rows, F) from dense (columns, F)."""
        return _Product.apply(self, dense)


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, matrix: SparseMatrix, dense: Tensor) -> Tensor:
        ctx.matrix = matrix
        return product(matrix.forward, dense)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[None, Tensor]:
        return None, product(ctx.matrix.backward, gradient.contiguous())


def product(matrix: Tensor, dense: Tensor) -> Tensor:
    """matrix (n, m), sparse, @ dense (m, F), without a gradient."""
    if dense.device.type == "cpu" and matrix._nnz() >= LARGE and dense.shape[1] >= WIDE:
        rows, columns, values = matrix.crow_indices(), matrix.col_indices(), matrix.values()
        dense = dense.detach().contiguous()
        return embedding_bag(columns, dense, rows, mode="sum", per_sample_weights=values, include_last_offset=True)
    # matrix @ dense would fill and copy a result of zeros first, at twice the time
    out = dense.new_empty(matrix.shape[0], dense.shape[1])
    return torch.addmm(out, matrix, dense, beta=0, out=out)
