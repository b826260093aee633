"""Other arrangements of the same elements, and products over named dimensions."""

import torch

from common import Family, laid_out


def repetition(f):
    for counts in ((2, 3), (1, 1, 2), (0, 2), (2, 1, 3, 1)):
        shape = (2, 3) if len(counts) < 4 else (2, 2)
        f.case(
            "repeated",
            f"{list(counts)}",
            lambda x: x.repeat(counts),
            f.uniform(*shape),
            counts=counts,
        )
    f.case("repeated", "no dimensions", lambda x: x.repeat(3), f.uniform(), counts=[3])
    f.case("repeated", "bool", lambda x: x.repeat(2), torch.tensor([True, False]), counts=[2])
    for counts in ((2,), (2, 1, 2)):
        f.case("tile", f"{list(counts)}", lambda x: x.tile(counts), f.uniform(2, 3), counts=counts)
    f.case("tile", "float16", lambda x: x.tile(2), f.uniform(3).half(), counts=[2])
    for dim in (None, 0, -1):
        named = {} if dim is None else {"dim": dim}
        f.case(
            "repeatInterleave",
            f"3 of {dim}",
            lambda x: x.repeat_interleave(3, dim),
            f.uniform(2, 3),
            count=3,
            **named,
        )
        counts = torch.tensor(
            [2, 0, 1] if dim == -1 else [1, 2] if dim == 0 else [0, 1, 2, 0, 1, 3]
        )
        f.case(
            "repeatInterleaveCounts",
            f"{counts.tolist()} of {dim}",
            lambda x, c: x.repeat_interleave(c, dim),
            f.uniform(2, 3),
            counts,
            **named,
        )
    f.case("repeatInterleave", "none", lambda x: x.repeat_interleave(0), f.uniform(2), count=0)


def movement(f):
    x = lambda: f.uniform(2, 3, 4)
    for shifts, dims in (
        ((1,), (0,)),
        ((-2, 5), (1, -1)),
        ((7,), None),
        ((0,), (1,)),
        ((1, 1), (2, 2)),
    ):
        named = {} if dims is None else {"dims": dims}
        f.case(
            "roll",
            f"{list(shifts)} of {dims}",
            lambda v: v.roll(shifts, dims),
            x(),
            shifts=shifts,
            **named,
        )
    f.case("roll", "no elements", lambda v: v.roll(2, 0), f.uniform(0, 2), shifts=[2], dims=[0])
    f.case("roll", "no dimensions", lambda v: v.roll(2), f.uniform(), shifts=[2])
    for quarters in (-1, 0, 1, 2, 3, 5):
        for dims in ((0, 1), (1, -1)):
            if quarters == 1 or dims == (0, 1):
                f.case(
                    "rot90",
                    f"{quarters} of {list(dims)}",
                    lambda v: v.rot90(quarters, dims),
                    x(),
                    quarters=quarters,
                    dims=dims,
                )
    for source, target in (((0,), (2,)), ((-1, 0), (0, 1)), ((2, 1), (1, 2)), ((), ())):
        f.case(
            "movedim",
            f"{list(source)} to {list(target)}",
            lambda v: v.movedim(source, target),
            x(),
            source=source,
            target=target,
        )
    f.case("movedimOne", "0 to -1", lambda v: v.movedim(0, -1), x(), source=0, target=-1)
    f.case(
        "movedimOne", "no dimensions", lambda v: v.movedim(0, -1), f.uniform(), source=0, target=-1
    )
    for dim in (0, -1):
        f.case("unbind", f"{dim}", lambda v: v.unbind(dim), f.uniform(2, 3), dim=dim)
    for dim, sizes in ((1, (3, 2)), (-1, (2, -1)), (0, (1, 2, 1))):
        f.case(
            "unflatten",
            f"{dim} as {list(sizes)}",
            lambda v: v.unflatten(dim, sizes),
            f.uniform(2, 6),
            dim=dim,
            sizes=sizes,
        )
    f.case(
        "unflatten",
        "no elements",
        lambda v: v.unflatten(0, (0, 3)),
        f.uniform(0, 2),
        dim=0,
        sizes=[0, 3],
    )
    for dim, size, step in ((0, 2, 1), (-1, 3, 2), (1, 2, 3), (0, 0, 1)):
        f.case(
            "unfold",
            f"{size} of {dim}, {step} apart",
            lambda v: v.unfold(dim, size, step),
            f.uniform(4, 6) if dim != 1 else f.uniform(2, 5, 2),
            dim=dim,
            size=size,
            step=step,
        )
    f.case(
        "unfold", "no dimensions", lambda v: v.unfold(0, 1, 1), f.uniform(), dim=0, size=1, step=1
    )
    f.case("view", "3, 8", lambda v: v.view(3, 8), x(), shape=[3, 8])
    f.case("transposeOfNone", "no dimensions", lambda v: v.transpose(0, -1), f.uniform())
    f.case("T", "matrix", lambda v: v.T, f.uniform(2, 3))
    f.case("flip", "no dimensions", lambda v: v.flip(0), f.uniform(), dims=[0])
    f.case("squeezeDim", "no dimensions", lambda v: v.squeeze(-1), f.uniform(), dim=-1)
    f.case("narrow", "1 on, 2 of -1", lambda v: v.narrow(-1, 1, 2), x(), dim=-1, start=1, length=2)
    f.case("narrow", "nothing", lambda v: v.narrow(0, 2, 0), x(), dim=0, start=2, length=0)
    f.case("select", "1 of -2", lambda v: v.select(-2, 1), x(), dim=-2, index=1)


def diagonals(f):
    for name, function in {"tril": torch.tril, "triu": torch.triu}.items():
        for diagonal in (-1, 0, 2, -5, 9):
            f.case(
                name,
                f"{diagonal}",
                lambda x: function(x, diagonal),
                f.uniform(3, 4),
                diagonal=diagonal,
            )
        f.case(name, "batch", lambda x: function(x, 0), f.uniform(2, 3, 2), diagonal=0)
        f.case(name, "integers", lambda x: function(x, 0), f.integers(1, 9, 3, 3), diagonal=0)
        f.case(name, "no elements", lambda x: function(x, 0), f.uniform(2, 0), diagonal=0)
    for offset, a, b in ((0, 0, 1), (1, 0, 1), (-1, 0, 1), (1, -1, 0), (9, 0, 1), (0, 2, 1)):
        f.case(
            "diagonal",
            f"{offset} of {a}, {b}",
            lambda x: x.diagonal(offset, a, b),
            f.uniform(3, 4, 2),
            offset=offset,
            dims=[a, b],
        )
    for offset in (0, 1, -2):
        f.case("diag", f"vector {offset}", lambda x: x.diag(offset), f.uniform(3), offset=offset)
        f.case("diag", f"matrix {offset}", lambda x: x.diag(offset), f.uniform(3, 2), offset=offset)
        f.case(
            "diagEmbed", f"{offset}", lambda x: x.diag_embed(offset), f.uniform(2, 3), offset=offset
        )
    f.case("diagEmbed", "no elements", lambda x: x.diag_embed(), f.uniform(0), offset=0)
    f.case("trace", "wide", torch.trace, f.uniform(2, 3))
    f.case("trace", "integers", torch.trace, f.integers(0, 9, 3, 3))
    f.case(
        "blockDiag",
        "matrices, a vector, a number",
        lambda *x: torch.block_diag(*x),
        f.uniform(2, 3),
        f.uniform(2),
        f.uniform(),
    )
    for a, b in (((2, 3), (2, 2)), ((3,), (2, 2)), ((2, 1, 2), (3,)), ((), (2,))):
        f.case("kron", f"{list(a)} and {list(b)}", torch.kron, f.uniform(*a), f.uniform(*b))


def together(f):
    for indexing in ("ij", "xy"):
        for count in (2, 3):
            f.case(
                "meshgrid",
                f"{count} {indexing}",
                lambda *x: torch.meshgrid(*x, indexing=indexing),
                *(f.uniform(n) for n in (2, 3, 2)[:count]),
                indexing=indexing,
            )
    f.case(
        "meshgrid",
        "a number",
        lambda *x: torch.meshgrid(*x, indexing="ij"),
        f.uniform(2),
        f.uniform(),
        indexing="ij",
    )
    f.case(
        "broadcast",
        "three",
        lambda *x: torch.broadcast_tensors(*x),
        f.uniform(2, 1),
        f.uniform(3),
        f.uniform(),
    )
    f.case(
        "cat",
        "with (0)",
        lambda *x: torch.cat(x),
        torch.zeros(0),
        f.uniform(2, 3),
        f.uniform(1, 3),
        dim=0,
    )
    f.case(
        "cat",
        "float16 and bfloat16",
        lambda *x: torch.cat(x),
        f.uniform(2).half(),
        f.uniform(2).bfloat16(),
        dim=0,
    )
    f.case(
        "cat", "no elements", lambda *x: torch.cat(x, 1), f.uniform(2, 0), f.uniform(2, 3), dim=1
    )
    f.case("stack", "no dimensions", lambda *x: torch.stack(x), f.uniform(), f.uniform(), dim=0)
    f.case("splitSize", "3 of 7", lambda x: x.split(3, -1), f.uniform(2, 7), size=3, dim=-1)
    f.case("splitSize", "9 of 7", lambda x: x.split(9), f.uniform(7), size=9, dim=0)
    f.case("splitSize", "of nothing", lambda x: x.split(2), f.uniform(0, 2), size=2, dim=0)
    for n in (7, 3, 1, 0):
        f.case("chunk", f"{n} in 3", lambda x: x.chunk(3), f.uniform(n, 2), count=3, dim=0)
        f.case(
            "tensorSplit",
            f"{n} in 3",
            lambda x: x.tensor_split(3, -1),
            f.uniform(2, n),
            count=3,
            dim=-1,
        )


def sums_of_products(f):
    for equation, *shapes in (
        ("ij,jk->ik", (2, 3), (3, 2)),
        ("ij,jk", (2, 3), (3, 2)),
        ("ij->ji", (2, 3)),
        ("ij->", (2, 3)),
        ("ij->j", (2, 3)),
        ("ii->i", (3, 3)),
        ("ii", (3, 3)),
        ("iij->j", (2, 2, 3)),
        ("i,i->", (4,), (4,)),
        ("i,j->ij", (2,), (3,)),
        ("i,j->ji", (2,), (3,)),
        ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
        ("bhqd,bhkd->bhqk", (1, 2, 2, 3), (1, 2, 3, 3)),
        ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)),
        ("...i->...", (2, 3)),
        ("i...,i...->...", (2, 3), (2, 1)),
        ("i...j", (2, 3, 2)),
        ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
        ("ij,ik,il->jkl", (2, 2), (2, 3), (2, 2)),
        ("ij,ij->ij", (2, 3), (2, 3)),
        ("ij,kj->k", (2, 3), (2, 3)),
        ("bn,anm,bm->ba", (2, 3), (2, 3, 2), (2, 2)),
        (" i j , j -> i ", (2, 3), (3,)),
        ("i,->i", (2,), ()),
        ("ij,jk->ik", (0, 3), (3, 2)),
        ("ij,jk->ik", (2, 0), (0, 2)),
        ("Ab,bA->A", (2, 3), (3, 2)),
    ):
        f.case(
            "einsum",
            f"{equation} of {[list(s) for s in shapes]}",
            lambda *x: torch.einsum(equation, *x),
            *(f.uniform(*s) for s in shapes),
            equation=equation,
        )
    f.case(
        "einsum",
        "integers",
        lambda *x: torch.einsum("ij,jk->ik", *x),
        f.integers(-4, 4, 2, 3),
        f.integers(-4, 4, 3, 2),
        equation="ij,jk->ik",
    )
    f.case(
        "einsum",
        "bfloat16",
        lambda *x: torch.einsum("ij,jk->ik", *x),
        f.uniform(2, 3).bfloat16(),
        f.uniform(3, 2).bfloat16(),
        equation="ij,jk->ik",
    )
    f.case(
        "einsum",
        "float16",
        lambda *x: torch.einsum("i,i->", *x),
        f.uniform(3).half(),
        f.uniform(3).half(),
        equation="i,i->",
    )


def write():
    f = Family("Martlet", "rearranging")
    repetition(f)
    movement(f)
    diagonals(f)
    together(f)
    f.write()
    f = Family("Martlet", "einsum")
    sums_of_products(f)
    f.write()
