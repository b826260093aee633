"""Linear algebra and Fourier transforms."""

import torch

from common import Family, laid_out

L = torch.linalg


def square(f, *lead, n=3, dtype=torch.float64):
    """Well-conditioned matrices."""
    return f.uniform(*lead, n, n, dtype=dtype) + 3 * torch.eye(n, dtype=dtype)


def positive(f, *lead, n=3, dtype=torch.float64):
    x = f.uniform(*lead, n, n, dtype=dtype)
    return torch.round((x @ x.mT + torch.eye(n, dtype=dtype)) * 1e4) / 1e4


def symmetric(function):
    """Of a matrix made symmetric: the gradient is then symmetric, too, as differences have it."""
    return lambda x: function((x + x.mT) / 2)


def linalg():
    f = Family("Martlet", "linalg")
    u = lambda *s, **k: f.uniform(*s, **{"dtype": torch.float64, **k})
    f.case("dot", "vectors", torch.dot, u(4), u(4))
    f.case("outer", "vectors", torch.outer, u(3), u(2))
    f.case("vecdot", "last", L.vecdot, u(2, 3), u(2, 3))
    f.case("bmm", "batch", torch.bmm, u(2, 3, 2), u(2, 2, 4))
    f.case("bmm", "transposed", torch.bmm, laid_out(u(2, 3, 2), "transposed"), u(2, 2, 4))
    f.case(
        "addmm",
        "scaled",
        lambda c, a, b: torch.addmm(c, a, b, beta=0.5, alpha=2),
        u(2, 3),
        u(2, 4),
        u(4, 3),
    )
    f.case("cross", "broadcast", lambda a, b: L.cross(a, b), u(2, 3), u(1, 3))
    f.case(
        "tensordot", "two", lambda a, b: torch.tensordot(a, b, ([1, 2], [1, 0])), u(2, 3, 2), u(2, 3, 2)
    )
    f.case("multiDot", "three", lambda *m: L.multi_dot(m), u(2, 3), u(3, 4), u(4, 2))
    f.case("kron", "matrices", torch.kron, u(2, 2), u(2, 3))
    for power in (0, 1, 3, -2):
        f.case(
            "matrixPower", f"{power}", lambda x: L.matrix_power(x, power), square(f), grad=power != 0, exponent=power
        )
    f.case("matrixExp", "small", torch.matrix_exp, u(3, 3, low=-0.5, high=0.5))
    f.case("matrixExp", "large", torch.matrix_exp, u(2, 3, 3, low=-4, high=4))
    f.case("matrixExp", "float32", torch.matrix_exp, u(3, 3, dtype=torch.float32))
    for name, lead in (("one", ()), ("batch", (2,))):
        f.case("inverse", name, L.inv, square(f, *lead))
        f.case("det", name, L.det, square(f, *lead))
        f.case("slogdet", name, lambda x: tuple(L.slogdet(x))[1], square(f, *lead))
        f.case("cholesky", name, symmetric(L.cholesky), positive(f, *lead))
        f.case("solve", name, L.solve, square(f, *lead), u(*lead, 3, 2))
    f.case("inverse", "float32", L.inv, square(f, dtype=torch.float32))
    f.case("inverse", "transposed", L.inv, laid_out(square(f), "transposed"))
    f.case("det", "singular", L.det, torch.tensor([[1.0, 2], [2, 4]], dtype=torch.float64), grad=False)
    f.case("det", "negative", L.det, torch.tensor([[0.0, 2], [3, 1]], dtype=torch.float64))
    f.case("logdet", "positive", torch.logdet, positive(f))
    f.case("solve", "vector", L.solve, square(f), u(3))
    f.case("solve", "broadcast", L.solve, square(f, 2), u(3, 2))
    f.case("choleskyUpper", "one", symmetric(lambda x: L.cholesky(x, upper=True)), positive(f))
    f.case(
        "choleskySolve",
        "one",
        lambda b, c: torch.cholesky_solve(b, c.tril()),
        u(3, 2),
        square(f),
    )
    for upper in (False, True):
        for unit in (False, True):
            f.case(
                "solveTriangular",
                f"{'upper' if upper else 'lower'}{' unit' if unit else ''}",
                lambda a, b: L.solve_triangular(
                    a.triu() if upper else a.tril(), b, upper=upper, unitriangular=unit
                ),
                square(f),
                u(3, 2),
                upper=upper,
                unit=unit,
            )
    for m, n in ((3, 3), (4, 2), (2, 4)):
        shape = f"{m} x {n}"
        f.case("lu", shape, lambda x: tuple(L.lu(x))[1:], u(m, n))
        f.case("luProduct", shape, lambda x: torch.chain_matmul(*L.lu(x)), u(m, n))
        f.case("qr", shape, lambda x: tuple(y.abs() for y in L.qr(x)), u(m, n))
        f.case("svd", shape, lambda x: tuple(y.abs() for y in L.svd(x, False)), u(m, n))
        f.case("svdvals", shape, L.svdvals, u(2, m, n))
        f.case("pinv", shape, L.pinv, u(m, n))
        f.case("lstsq", shape, lambda a, b: L.pinv(a) @ b, u(m, n), u(m, 2))
        for name, order in {
            "frobenius": "fro",
            "nuclear": "nuc",
            "one": 1,
            "minusOne": -1,
            "infinity": float("inf"),
            "minusInfinity": -float("inf"),
            "two": 2,
            "minusTwo": -2,
        }.items():
            f.case(
                "matrixNorm",
                f"{name} {shape}",
                lambda x: L.matrix_norm(x, order),
                u(m, n),
                kind=name,
            )
    f.case("qrComplete", "4 x 2", lambda x: tuple(y.abs() for y in L.qr(x, "complete")), u(4, 2), grad=False)
    f.case("eigh", "one", symmetric(lambda x: tuple(y.abs() for y in L.eigh(x))), u(3, 3))
    f.case("eigh", "batch", symmetric(lambda x: tuple(y.abs() for y in L.eigh(x))), u(2, 3, 3))
    f.case("eigvalsh", "one", symmetric(L.eigvalsh), u(4, 4))
    rotation = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 2]], dtype=torch.float64)
    general = torch.tensor([[1.0, 2, 0], [0, 3, 1], [1, 0, 5]], dtype=torch.float64)
    for name, x in (("complex", rotation), ("real", general)):
        f.case(
            "eigvals",
            name,
            lambda x: (lambda v: (v.real, v.imag))(torch.view_as_complex(
                torch.tensor(sorted(torch.view_as_real(L.eigvals(x)).tolist()), dtype=x.dtype)
            )),
            x,
            grad=False,
        )
    f.case(
        "matrixRank",
        "batch",
        L.matrix_rank,
        torch.stack([rotation, torch.ones(3, 3, dtype=torch.float64), torch.zeros(3, 3, dtype=torch.float64)]),
        grad=False,
    )
    f.case("cond", "one", L.cond, square(f))
    f.write()


def fourier():
    f = Family("Martlet", "fourier")
    u = lambda *s: f.uniform(*s, dtype=torch.float64)
    F = torch.fft

    def parts(function):
        """Of real and imaginary parts, giving them."""

        def wrapped(re, im):
            y = function(torch.complex(re, im))
            return y.real, y.imag

        return wrapped

    def spectrum(function):
        def wrapped(x):
            y = function(x)
            return y.real, y.imag

        return wrapped

    for n in (1, 2, 5, 8, 12):
        f.case("fft", f"{n}", parts(F.fft), u(2, n), u(2, n))
        f.case("ifft", f"{n}", parts(F.ifft), u(n), u(n))
        f.case("rfft", f"{n}", spectrum(F.rfft), u(2, n))
    for n in (1, 4, 7, 8):
        f.case("irfft", f"to {n}", lambda re, im: F.irfft(torch.complex(re, im), n=n), u(2, 4), u(2, 4), n=n)
    f.case("fft", "first dimension", parts(lambda x: F.fft(x, dim=0)), u(4, 2), u(4, 2), dim=0)
    f.case("fft", "cut", parts(lambda x: F.fft(x, n=3)), u(5), u(5), n=3)
    f.case("fft", "filled", parts(lambda x: F.fft(x, n=6, dim=0)), u(4, 2), u(4, 2), n=6, dim=0)
    for norm in ("ortho", "forward"):
        f.case("fft", norm, parts(lambda x: F.fft(x, norm=norm)), u(4), u(4), norm=norm)
        f.case("ifft", norm, parts(lambda x: F.ifft(x, norm=norm)), u(4), u(4), norm=norm)
    f.case("fft2", "real", spectrum(F.fft2), u(2, 3, 4))
    f.case("ifft2", "complex", parts(F.ifft2), u(3, 4), u(3, 4))
    f.case("rfft2", "real", spectrum(F.rfft2), u(3, 4))
    f.case("fftshift", "all", F.fftshift, u(3, 4))
    f.case("ifftshift", "all", F.ifftshift, u(3, 4))
    f.case("fftfreq", "5", lambda: F.fftfreq(5, d=0.5), grad=False, n=5, step=0.5)
    f.case("rfftfreq", "6", lambda: F.rfftfreq(6, d=0.5), grad=False, n=6, step=0.5)
    f.write()


def write():
    linalg()
    fourier()
