"""A device that stands in for a GPU: tensors on it compute on the processor, but cannot be mixed with others.

Its tensors say that they are on torch's device "meta". As those of a GPU, they are seen by `.cpu()` and `.item()`
alone, and an operation on tensors of both devices raises RuntimeError, except copies and tensors of a single number.
All that runs on it gives the bytes of the processor.
"""

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

NAME = "meta"
MOVES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)


class FarTensor(Tensor):
    """near: the same on the processor."""

    near: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, near: Tensor) -> "FarTensor":
        strided = near.layout == torch.strided
        place = {"strides": near.stride(), "storage_offset": near.storage_offset()} if strided else {}
        far = Tensor._make_wrapper_subclass(cls, near.size(), dtype=near.dtype, device=NAME, **place)
        far.near = near
        return far

    def __repr__(self) -> str:
        return f"far {self.near}"

    @classmethod
    def __torch_dispatch__(cls, operation, types, args=(), options=None):
        return run(operation, args, options or {})


def run(operation, args, options):
    """The operation on what is near; its results are far where its arguments are, or where it is asked for them."""
    given = [one for one in tree_leaves((args, options)) if isinstance(one, Tensor)]
    is_far = any(isinstance(one, FarTensor) for one in given)
    if is_far and operation not in MOVES and any(not isinstance(one, FarTensor) and one.dim() for one in given):
        raise RuntimeError(f"{operation} of tensors on two devices")
    if options.get("device") is not None:
        is_far = torch.device(options["device"]).type == NAME
        options = options | {"device": "cpu"}
    results = operation(*near(args), **near(options))
    for place, argument in enumerate(operation._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write and isinstance(results, Tensor):
            return args[place] if place < len(args) else options[argument.name]
    return tree_map_only(Tensor, FarTensor, results) if is_far else results


def near(arguments):
    return tree_map_only(FarTensor, lambda far: far.near, arguments)


class FarDevice(TorchDispatchMode):
    """While it is entered, "meta" is the far device; operations: how many have run there."""

    operations = 0

    def __torch_dispatch__(self, operation, types, args=(), options=None):
        results = run(operation, args, options or {})
        self.operations += any(isinstance(one, FarTensor) for one in tree_leaves(results))
        return results
