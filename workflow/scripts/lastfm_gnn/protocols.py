"""The three protocols of Table 1. A protocol is a split, the edges that carry messages, and a form of the layers.

| protocol  | split and messages                     | layers             |
| published | the authors', which leak               | the authors' code  |
| leak_free | by pair; messages of training pairs    | the authors' code  |
| strict    | by pair; messages of training pairs    | as printed         |

From published to leak_free only the leak goes; from leak_free to strict only the form changes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lastfm_gnn.messages import Neighbourhood, block_neighbourhood, strict_neighbourhood


@dataclass(frozen=True)
class Protocol:
    """split: whose parts it takes, a key of splits.SPLITS. layer: the class of a variant's file. neighbourhood: what
    a batch of pairs is given. blocks: whether predictions depend on the batch, as the authors' do. both_ways: whether
    a pair is scored in both directions, as in the authors' code."""

    split: str
    layer: str
    neighbourhood: Callable[..., Neighbourhood]
    blocks: bool
    both_ways: bool


PROTOCOLS = {
    "published": Protocol("published", "PublishedLayer", block_neighbourhood, blocks=True, both_ways=True),
    "leak_free": Protocol("strict", "PublishedLayer", block_neighbourhood, blocks=True, both_ways=True),
    "strict": Protocol("strict", "StrictLayer", strict_neighbourhood, blocks=False, both_ways=False),
}
