"""Sparse tensors in coordinate form."""

import warnings

import torch

from common import Family

warnings.filterwarnings("ignore", message=".*[Ss]parse.*")


def places(f, nnz, *sizes):
    """Indices (dimensions, nnz), some of them equal."""
    rows = [f.integers(0, n, 1, nnz) for n in sizes]
    return torch.cat(rows) if rows else torch.zeros((0, nnz), dtype=torch.int64)


def parts(s):
    return s.indices(), s.values()


def entries(f):
    """Sizes of the sparse dimensions, of the values' own, and how many entries there are."""
    shapes = {
        "matrix": ((3, 4), (), 5),
        "equal places": ((2, 2), (), 9),
        "vector": ((5,), (), 4),
        "three dimensions": ((2, 3, 2), (), 6),
        "dense dimension": ((3, 2), (2,), 5),
        "dense dimensions": ((4,), (2, 3), 6),
        "one entry": ((3, 4), (), 1),
        "no entry": ((3, 4), (), 0),
        "no entry, dense dimension": ((2,), (3,), 0),
        "empty dimension": ((3, 2), (0,), 4),
        "no sparse dimension": ((), (2,), 3),
    }
    for title, (sizes, own, nnz) in shapes.items():
        indices = places(f, nnz, *sizes)
        v = f.uniform(nnz, *own)
        shape = list(sizes + own)
        make = lambda v, i: torch.sparse_coo_tensor(i, v, shape)
        f.case("toDense", title, lambda v, i: make(v, i).to_dense(), v, indices, shape=shape)
        if sizes:
            call = lambda v, i: parts(make(v, i).coalesce())
            f.case("coalesced", title, call, v, indices, shape=shape)
        f.case("scaled", title, lambda v, i: (make(v, i) * 2.5).to_dense(), v, indices, shape=shape)
        if len(sizes) > 1:
            for a, b in ((0, 1), (-len(shape), len(sizes) - 1)):
                call = lambda v, i: make(v, i).transpose(a, b).to_dense()
                f.case(
                    "sparseTransposed",
                    f"{title}, {a} and {b}",
                    call,
                    v,
                    indices,
                    shape=shape,
                    dims=[a, b],
                )
    for dtype in (torch.float64, torch.int64, torch.int32, torch.float16, torch.bfloat16):
        v, indices = torch.tensor([1, 2, 3, 4]).to(dtype), torch.tensor(
            [[1, 0, 1, 1], [0, 2, 0, 1]]
        )
        call = lambda v, i: torch.sparse_coo_tensor(i, v, (2, 3)).to_dense()
        f.case("toDense", str(dtype)[6:], call, v, indices, shape=[2, 3], grad=False)
        call = lambda v, i: parts(torch.sparse_coo_tensor(i, v, (2, 3)).coalesce())
        f.case("coalesced", str(dtype)[6:], call, v, indices, shape=[2, 3], grad=False)
    v, indices = f.uniform(3), torch.tensor([[1, 0, 2], [0, 4, 1]], dtype=torch.int32)
    f.case(
        "inferred",
        "int32 indices",
        lambda v, i: torch.sparse_coo_tensor(i, v).to_dense(),
        v,
        indices,
    )
    f.case(
        "inferred",
        "dense dimension",
        lambda v, i: torch.sparse_coo_tensor(i, v).to_dense(),
        f.uniform(3, 2),
        indices,
    )
    none = torch.zeros((2, 0), dtype=torch.int64)
    f.case(
        "inferred",
        "no entry",
        lambda v, i: torch.sparse_coo_tensor(i, v).to_dense(),
        f.uniform(0, 4),
        none,
    )


def sums(f):
    for title, sizes, own, first, second in (
        ("matrices", (3, 4), (), 5, 4),
        ("dense dimension", (3,), (2,), 4, 3),
        ("with none", (2, 2), (), 3, 0),
        ("none with none", (2, 2), (), 0, 0),
    ):
        shape = list(sizes + own)
        add = lambda a, b, i, j: parts(
            (torch.sparse_coo_tensor(i, a, shape) + torch.sparse_coo_tensor(j, b, shape)).coalesce()
        )
        a, b = f.uniform(first, *own), f.uniform(second, *own)
        f.case(
            "sparseSum",
            title,
            add,
            a,
            b,
            places(f, first, *sizes),
            places(f, second, *sizes),
            shape=shape,
        )
    mixed = lambda a, b, i, j: parts(
        (torch.sparse_coo_tensor(i, a, (3,)) + torch.sparse_coo_tensor(j, b, (3,))).coalesce()
    )
    i, j = torch.tensor([[0, 2]]), torch.tensor([[2, 1]])
    f.case(
        "sparseSum",
        "int64 and float32",
        mixed,
        torch.tensor([1, 2]),
        f.uniform(2),
        i,
        j,
        shape=[3],
        grad=False,
    )


def dense(f):
    x = f.uniform(3, 4) * (f.uniform(3, 4) > 0.3)
    inputs = {
        "matrix": x,
        "transposed": x.T,
        "zeros": torch.zeros(2, 3),
        "vector": torch.tensor([0.0, 2.0, -0.0, float("nan")]),
        "no dimensions": torch.tensor(2.5),
        "no dimensions, zero": torch.tensor(0.0),
        "empty": torch.zeros(0, 3),
        "three dimensions": f.uniform(2, 2, 3) * (f.uniform(2, 2, 3) > 0),
    }
    for title, x in inputs.items():
        f.case("toSparse", title, lambda x: parts(x.to_sparse()), x, dims=x.dim(), grad=False)
        f.case(
            "roundTrip",
            title,
            lambda x: x.to_sparse().to_dense(),
            x,
            dims=x.dim(),
            grad="nan" not in title and title != "vector",
        )
    x = torch.where(f.uniform(3, 2, 1) > 0.5, torch.zeros(()), f.uniform(3, 2, 2))
    for dims in (1, 2):
        f.case(
            "toSparse",
            f"{dims} of 3 dimensions",
            lambda x: parts(x.to_sparse(dims)),
            x,
            dims=dims,
            grad=False,
        )
        f.case(
            "roundTrip",
            f"{dims} of 3 dimensions",
            lambda x: x.to_sparse(dims).to_dense(),
            x,
            dims=dims,
        )
    for dtype in (torch.int64, torch.uint8, torch.float64, torch.bfloat16):
        x = torch.tensor([[0, 3], [1, 0]]).to(dtype)
        f.case("toSparse", str(dtype)[6:], lambda x: parts(x.to_sparse()), x, dims=2, grad=False)


def products(f):
    for title, (m, k, n), nnz in (
        ("matrix", (3, 4, 2), 5),
        ("equal places", (2, 2, 3), 9),
        ("empty rows", (6, 3, 2), 3),
        ("one row", (1, 5, 3), 4),
        ("one column", (4, 1, 3), 3),
        ("no entry", (3, 4, 2), 0),
        ("no rows", (0, 4, 2), 0),
        ("no columns", (3, 4, 0), 5),
        ("wide", (2, 3, 70), 4),
    ):
        indices = places(f, nnz, max(m, 1), k)
        call = lambda v, x, i: torch.sparse.mm(torch.sparse_coo_tensor(i, v, (m, k)), x)
        f.case("sparseMatmul", title, call, f.uniform(nnz), f.uniform(k, n), indices, shape=[m, k])
        if n == 2:
            call = lambda v, x, i: torch.sparse_coo_tensor(i, v, (m, k)) @ x
            f.case(
                "sparseMatmul",
                f"{title}, vector",
                call,
                f.uniform(nnz),
                f.uniform(k),
                indices,
                shape=[m, k],
            )
        if title == "matrix":
            call = lambda v, x, i: torch.sparse.mm(
                torch.sparse_coo_tensor(i, v, (m, k)).coalesce(), x
            )
            f.case(
                "sparseMatmul",
                "coalesced",
                call,
                f.uniform(nnz),
                f.uniform(k, n),
                indices,
                shape=[m, k],
            )
            call = lambda v, x, i: torch.sparse.mm(torch.sparse_coo_tensor(i, v, (m, k)).t(), x)
            f.case(
                "sparseMatmulTransposed",
                title,
                call,
                f.uniform(nnz),
                f.uniform(m, n),
                indices,
                shape=[m, k],
            )
    call = lambda v, x, i: torch.sparse.mm(torch.sparse_coo_tensor(i, v, (2, 3)), x)
    v, x, i = f.uniform(3), f.uniform(3, 2), places(f, 3, 2, 3)
    f.case("sparseMatmul", "float64", call, v.double(), x.double(), i, shape=[2, 3])


def write():
    f = Family("Martlet", "sparse")
    for cases in (entries, sums, dense, products):
        cases(f)
    f.write()


if __name__ == "__main__":
    write()
