"""What is predicted of a user, as a network meets it: targets, loss, probabilities, and the score on validation."""

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor, nn

from lastfm_gnn.asia.networks import UserNetwork
from lastfm_gnn.metrics.ranked_lists import ndcg, top


class RegionTask:
    """One of `classes` regions a user; labels (N,), -1 where unknown."""

    name = "accuracy"

    def __init__(self, labels: np.ndarray, classes: int):
        self.labels, self.outputs = torch.from_numpy(labels), classes

    def start(self, network: UserNetwork, users: np.ndarray) -> None:
        """Nothing is known before training."""

    def loss(self, scores: Tensor, users: np.ndarray) -> Tensor:
        """Cross-entropy of scores (U, classes) for users (U,)."""
        return nn.functional.cross_entropy(scores, self.labels[torch.from_numpy(users)].to(scores.device))

    def probabilities(self, scores: Tensor) -> np.ndarray:
        return torch.softmax(scores, dim=1).cpu().numpy()

    def score(self, probabilities: np.ndarray, users: np.ndarray) -> float:
        """Accuracy."""
        return float((probabilities.argmax(1) == self.labels.numpy()[users]).mean())


class ArtistTask:
    """Which of K artists a user likes; likes (N, K), rows of zeros where unknown.

    second_sigmoid: the published loss of all 7,842 artists takes the sigmoid of what is one already.
    """

    name = "ndcg_20"

    def __init__(self, likes: sp.csr_array, second_sigmoid: bool):
        self.likes, self.outputs, self.second_sigmoid = likes, likes.shape[1], second_sigmoid

    def start(self, network: UserNetwork, users: np.ndarray) -> None:
        """The last layer's bias becomes the log-odds of every artist among users (U,)."""
        share = (self.likes[users].sum(0) + 0.5) / (len(users) + 1)
        with torch.no_grad():
            network.output_bias.copy_(torch.from_numpy(np.log(share / (1 - share))))

    def loss(self, scores: Tensor, users: np.ndarray) -> Tensor:
        """Mean binary cross-entropy of scores (U, K) for users (U,)."""
        likes = torch.from_numpy(self.likes[users].toarray().astype(np.float32)).to(scores.device)
        if self.second_sigmoid:
            scores = torch.sigmoid(scores)
        return nn.functional.binary_cross_entropy_with_logits(scores, likes)

    def probabilities(self, scores: Tensor) -> np.ndarray:
        return torch.sigmoid(scores).cpu().numpy()

    def score(self, probabilities: np.ndarray, users: np.ndarray) -> float:
        """Mean NDCG at 20 of the users who like something."""
        return float(np.nanmean(ndcg(self.likes[users] > 0, top(probabilities, 20))))
