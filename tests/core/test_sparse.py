"""Products of a sparse and a dense matrix: both ways that they are made, and their gradient."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from lastfm_gnn.core import sparse
from lastfm_gnn.core.sparse import SparseMatrix


@pytest.mark.parametrize("large", [0, 1 << 22], ids=["as embeddings", "by MKL"])
@pytest.mark.parametrize("columns", [3, 32, 65])
@pytest.mark.parametrize("entries", [0, 1, 200])
def test_a_product_and_its_gradient_are_those_of_dense_matrices(monkeypatch, large, columns, entries):
    monkeypatch.setattr(sparse, "LARGE", large)
    random = np.random.default_rng(entries)
    rows, other = random.integers(0, 40, entries), random.integers(0, 30, entries)  # some rows have no entry
    matrix = sp.csr_array((random.standard_normal(entries), (rows, other)), (40, 30))
    h = torch.from_numpy(
        random.standard_normal((columns, 30)).astype(np.float32)
    ).T.requires_grad_()  # no rows in turn
    weight = random.standard_normal((40, columns)).astype(np.float32)

    out = SparseMatrix(matrix) @ h
    (out * torch.from_numpy(weight)).sum().backward()

    dense = matrix.toarray()
    np.testing.assert_allclose(out.detach(), dense @ h.detach().numpy(), atol=1e-5)
    np.testing.assert_allclose(h.grad, dense.T @ weight, atol=1e-5)
