"""Baseline: Mult-VAE: a variational autoencoder of a user's list, with a multinomial likelihood (Liang et al., WWW
2018)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lastfm_gnn.core.device import resolve
from lastfm_gnn.core.dropout import Dropout
from lastfm_gnn.core.optimisers import Adam
from lastfm_gnn.ranking.problem import RankingProblem
from lastfm_gnn.ranking.scores import Steps
from lastfm_gnn.ranking.weights import binary, scale_users

BATCH = 500  # users, as in the paper
EVERY = 5  # epochs between two scores


class MultVAE(nn.Module):
    """Logits (B, A) from normalised lists (B, A): A → hidden → latent → hidden → A, with tanh."""

    def __init__(self, artists: int, hidden: int, latent: int, dropout: float):
        super().__init__()
        self.dropout = Dropout(dropout)
        self.encoder = nn.Sequential(nn.Linear(artists, hidden), nn.Tanh(), nn.Linear(hidden, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.Tanh(), nn.Linear(hidden, artists))

    def forward(self, lists: Tensor) -> tuple[Tensor, Tensor]:
        """And the divergence of the latent state from the prior, in the mean over users."""
        mean, log_variance = self.encoder(self.dropout(lists)).chunk(2, dim=1)
        state = mean
        if self.training:
            state = mean + torch.randn_like(mean, device="cpu").to(mean.device) * torch.exp(0.5 * log_variance)
        divergence = 0.5 * (log_variance.exp() + mean**2 - 1 - log_variance).sum(1).mean()
        return self.decoder(state), divergence


@dataclass(frozen=True)
class Settings:
    """divergence: its weight, β, which is reached after half of the training (annealing)."""

    hidden: int
    latent: int
    dropout: float
    learning_rate: float
    divergence: float
    epochs: int


def fit(problem: RankingProblem, settings: Settings, seed: int) -> Steps:
    """Yields (epoch, (U, A)) every EVERY epochs. Memory: arrays (U, A). Time: an epoch grows with U · A · hidden."""
    problem.expect_room(arrays=4)
    torch.manual_seed(seed)
    listens, epochs, device = problem.listens, settings.epochs, resolve(problem.device)
    heard = binary(listens)
    length = np.sqrt(np.maximum(np.diff(listens.indptr), 1))
    lists = torch.from_numpy(scale_users(heard, 1 / length).toarray()).to(device)
    target = torch.from_numpy(heard.toarray()).to(device)
    known = torch.from_numpy(np.flatnonzero(np.diff(listens.indptr)))
    network = MultVAE(listens.shape[1], settings.hidden, settings.latent, settings.dropout).to(device)
    optimiser = Adam(network.parameters(), lr=settings.learning_rate, fused=True)
    for epoch in range(1, epochs + 1):
        network.train()
        for users in known[torch.randperm(len(known))].to(device).split(BATCH):
            logits, apart = network(lists[users])
            loss = -(torch.log_softmax(logits, dim=1) * target[users]).sum(1).mean()
            loss = loss + settings.divergence * min(1, 2 * epoch / epochs) * apart
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        if epoch % EVERY == 0 or epoch == epochs:
            network.eval()
            with torch.no_grad():
                yield epoch, network(lists)[0].cpu().numpy()
