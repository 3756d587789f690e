"""One training in several processes of this machine: torchrun's launcher starts, torch.distributed joins them."""

import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from lastfm_gnn.core.program import InputError, reason


def call(work: Callable[[Any], None], argument: Any, processes: int) -> None:
    """work(argument), in this process, or joined in so many of it; of these the first one alone prints.

    Raises InputError where they do, or where one of them is killed.
    """
    if processes == 1:
        work(argument)
        return
    # .3 seconds that one process need not spend
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    launch = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        start_method="spawn",
    )
    try:
        errors = elastic_launch(launch, joined)(work, argument)
    except ChildFailedError as error:
        [place, first] = error.get_first_failure()
        what = f"process {place} of {processes} ended ({reason(RuntimeError(first.message))})"
        raise InputError(f"{what}; run again, or in fewer processes") from error
    if errors[0]:
        raise InputError(errors[0])


def joined(work: Callable[[Any], None], argument: Any) -> str | None:
    """work(argument) in one of several processes; what is wrong with its input, or None."""
    dist.init_process_group("gloo")
    try:
        dist.barrier()  # whoever ends at once would break the connection of a process that is still joining
        with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere if number() else sys.stderr):
            work(argument)
    except InputError as error:
        return str(error)
    finally:
        dist.destroy_process_group()
    return None


def number() -> int:
    """Of this process, from 0; the first one writes what is written."""
    return dist.get_rank() if dist.is_initialized() else 0


def count() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def averaging(model: nn.Module) -> nn.Module:
    """The model, whose gradients are after `backward` the means over all processes."""
    return DistributedDataParallel(model) if count() > 1 else model


def shared_order(length: int) -> Tensor:
    """The numbers below `length` in a random order, the same in all processes, which then draw different numbers."""
    order = torch.randperm(length)
    if count() > 1:
        drawn = torch.cat([order, torch.randint(2**40, (1,))])
        dist.broadcast(drawn, 0)
        order = drawn[:-1]
        if number():  # the first one's random numbers go on, which a saved training has
            torch.manual_seed(int(drawn[-1]) + number())
    return order


def mean(value: float) -> float:
    """Over all processes."""
    if count() == 1:
        return value
    total = torch.tensor(value, dtype=torch.float64)
    dist.all_reduce(total)
    return float(total) / count()
