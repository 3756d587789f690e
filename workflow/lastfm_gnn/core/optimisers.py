"""Torch's Adam and AdamW, without the two seconds in which they load torch's compiler, which nothing here uses.

Torch marks these methods so that its compiler leaves them alone; the first call of one loads the whole compiler. A
training on small data takes less time than that. The methods below the marks are called, with the same numbers.
"""

from inspect import unwrap

import torch
from torch.optim import Optimizer


class Adam(torch.optim.Adam):
    add_param_group = unwrap(Optimizer.add_param_group)
    zero_grad = unwrap(Optimizer.zero_grad)
    state_dict = unwrap(Optimizer.state_dict)
    load_state_dict = unwrap(Optimizer.load_state_dict)
    step = torch.no_grad()(unwrap(torch.optim.Adam.step))


class AdamW(Adam, torch.optim.AdamW):
    pass
