"""Layers that change their own state in the forward pass: running statistics, tables with limited norms."""

import torch
import torch.nn as nn

from common import Family, laid_out


def instance_norms():
    f = Family("MartletNN", "tracked")

    def case(name, title, module, x):
        """Inputs are x, the parameters and the buffers; outputs y and the buffers afterwards."""
        parameters = [n for n, _ in module.named_parameters()]
        buffers = [n for n, _ in module.named_buffers()]
        state = [f.uniform(*p.shape, low=-1, high=1) for p in module.parameters()]
        state += [
            f.uniform(*b.shape, low=0.5, high=1.5) if b.dtype.is_floating_point else b
            for b in module.buffers()
        ]

        def run(x, *tensors):
            named = dict(zip(parameters + buffers, tensors))
            for n in buffers:
                named[n] = named[n].clone()
            return torch.func.functional_call(module, named, (x,)), *(named[n] for n in buffers)

        f.case(
            name,
            title,
            run,
            x,
            *state,
            wanted=1 + len(parameters),
            parameters=parameters,
            buffers=buffers,
            training=module.training,
        )

    for training in (True, False):
        state = "training" if training else "evaluation"
        for d, shape in ((1, (2, 3, 4)), (2, (2, 3, 2, 3)), (3, (2, 3, 1, 2, 3))):
            name = f"instanceNorm{d}d"
            kind = getattr(nn, f"InstanceNorm{d}d")
            tracked = kind(3, track_running_stats=True).train(training)
            case(f"{name}Tracked", state, tracked, f.uniform(*shape))
            case(f"{name}Tracked", f"one sample, {state}", tracked, f.uniform(1, *shape[1:]))
            affine = kind(3, eps=1e-3, momentum=0.3, affine=True, track_running_stats=True)
            case(f"{name}Affine", state, affine.train(training), f.uniform(*shape))
            case(name, state, kind(3).train(training), f.uniform(*shape))
        x = laid_out(f.uniform(2, 3, 2, 3), "channelsLast")
        case(
            "instanceNorm2dTracked",
            f"channels last, {state}",
            nn.InstanceNorm2d(3, track_running_stats=True).train(training),
            x,
        )
    # In evaluation, one element has statistics too.
    module = nn.InstanceNorm1d(3, track_running_stats=True).eval()
    case("instanceNorm1dTracked", "one element, evaluation", module, f.uniform(2, 3, 1))
    f.write()


def tables():
    f = Family("MartletNN", "tables")

    def case(operation, title, call, table, indices, **arguments):
        """Outputs are the layer's and the table afterwards; gradients are those at the values it then has."""

        def run(x):
            y = call(x)
            return y, x.detach().clone()

        f.case(
            operation,
            title,
            run,
            table,
            shape=list(indices.shape),
            indices=indices.flatten().tolist(),
            **arguments,
        )

    indices = torch.tensor([[4, 1], [1, 0]])
    for norm in (2.0, 1.0, 3.5, float("inf")):
        more = {"normType": norm if norm < float("inf") else "inf", "maxNorm": 1.5}
        layer = lambda w: nn.functional.embedding(indices, w, max_norm=1.5, norm_type=norm)
        case("embedding", f"norm {norm:g}", layer, f.uniform(6, 3), indices, **more)
        for mode in ("sum", "mean", "max"):
            bag = lambda w: nn.functional.embedding_bag(
                indices, w, max_norm=1.5, norm_type=norm, mode=mode
            )
            if norm in (2.0, 1.0):
                case(
                    "embeddingBag",
                    f"{mode}, norm {norm:g}",
                    bag,
                    f.uniform(6, 3),
                    indices,
                    mode=mode,
                    **more,
                )
    small = f.uniform(5, 2, low=0.1, high=0.4)
    case(
        "embedding",
        "below the limit",
        lambda w: nn.functional.embedding(indices, w, max_norm=2.0),
        small,
        indices,
        normType=2,
        maxNorm=2,
    )
    case(
        "embedding",
        "to nothing",
        lambda w: nn.functional.embedding(indices, w, max_norm=0.0),
        f.uniform(5, 2),
        indices,
        normType=2,
        maxNorm=0,
    )
    none = torch.zeros((0,), dtype=torch.int64)
    case(
        "embedding",
        "no indices",
        lambda w: nn.functional.embedding(none, w, max_norm=1.0),
        f.uniform(5, 2),
        none,
        normType=2,
        maxNorm=1,
    )
    padded = lambda w: nn.functional.embedding(indices, w, padding_idx=1, max_norm=1.0)
    case("embedding", "padding", padded, f.uniform(5, 2), indices, normType=2, maxNorm=1, padding=1)
    f.write()


def write():
    instance_norms()
    tables()


if __name__ == "__main__":
    write()
