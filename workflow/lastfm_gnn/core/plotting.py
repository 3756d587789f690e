"""One style for every figure, and the figure of one run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

from lastfm_gnn.core.files import whole

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import LogFormatter, LogFormatterSciNotation

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"  # Okabe and Ito: told apart by colour-blind readers
# what a model of the leaderboard is
KIND_COLOURS = {
    "baseline": GREY,
    "closed_form_graph": "#009E73",
    "second_stage": "#CC79A7",
    "graph_network": BLUE,
}

STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 160,
    "legend.frameon": False,
    "text.parse_math": False,  # some artists have dollars in their names
    "svg.hashsalt": "",  # names of parts are else drawn by chance
}


class PlainLogFormatter(LogFormatter):
    """Where matplotlib puts a number on a logarithmic axis, the number: its own is TeX, which would be shown as it
    stands."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:g}" if super().__call__(x, pos) else ""


def plain_ticks(axes: plt.Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_formatter(), LogFormatterSciNotation):
            axis.set_major_formatter(PlainLogFormatter())
            axis.set_minor_formatter(PlainLogFormatter())


# without the software's version and the time a figure of the same data is the same file
METADATA: dict[str, Any] = {"png": {"Software": None}, "svg": {"Creator": None, "Date": None}}


@contextmanager
def figure(
    path: Path, title: str, columns: int, width: float = 7.5, height: float = 3.0, *, vector: bool = False
) -> Iterator[np.ndarray]:
    """The axes of a figure of `columns` panels side by side, saved as PNG when the block ends; vector: also as SVG,
    beside it."""
    with mpl.rc_context(STYLE):
        drawn, axes = plt.subplots(1, columns, figsize=(width, height), squeeze=False)
        drawn.suptitle(title)
        yield axes[0]
        for one in drawn.axes:
            plain_ticks(one)
        for form in ("png", "svg") if vector else ("png",):
            with whole(path.with_suffix(f".{form}")) as temporary:
                drawn.savefig(temporary, format=form, metadata=METADATA[form])
        plt.close(drawn)


def run_figure(path: Path, title: str, history: pd.DataFrame, liking: np.ndarray, predicted: np.ndarray) -> None:
    """Learning curves, and predicted against true liking of the test part."""
    with figure(path, title, 2) as (curves, scores):
        curves.plot(history.epoch, history.train_mse, "o-", color=GREY, markersize=3, label="train")
        curves.plot(history.epoch, history.valid_mse, "s-", color=BLUE, markersize=3, label="valid")
        curves.set(xlabel="epoch", ylabel="mean squared error", yscale="log")
        curves.legend()
        counts = scores.hist2d(
            liking, np.clip(predicted, 0, 1), bins=50, range=[[0, 1], [0, 1]], cmin=1, cmap="viridis"
        )
        scores.plot([0, 1], [0, 1], color=ORANGE, linewidth=1)
        scores.set(xlabel="liking (test)", ylabel="predicted, cut to 0–1")
        plt.colorbar(counts[3], ax=scores, label="pairs")
