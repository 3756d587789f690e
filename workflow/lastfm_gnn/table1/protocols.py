"""The protocols of Table 1: a split, the edges that carry messages, how pairs are scored, and a form of the layers.

| protocol       | split and messages                  | pairs are scored   | layers            |
| published      | the authors', which leak            | in both directions | the authors' code |
| leak_free      | by pair; messages of training pairs | in both directions | the authors' code |
| user_to_artist | by pair; messages of training pairs | user to artist     | the authors' code |
| strict         | by pair; messages of training pairs | user to artist     | as printed        |

From a row to the next, one thing changes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lastfm_gnn.table1.messages import Neighbourhood, block_neighbourhood, strict_neighbourhood


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
    "user_to_artist": Protocol("strict", "PublishedLayer", block_neighbourhood, blocks=True, both_ways=False),
    "strict": Protocol("strict", "StrictLayer", strict_neighbourhood, blocks=False, both_ways=False),
}
