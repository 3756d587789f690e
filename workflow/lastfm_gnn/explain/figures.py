"""What an explanation names, and its fidelity against random parts, as panels of a figure."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lastfm_gnn.core.plotting import BLUE, GREY, ORANGE
from lastfm_gnn.explain.fidelity import MEASURES, verdict

LINES = {"necessity": (BLUE, "o-"), "sufficiency": (ORANGE, "s--")}
DRAWN = 16


def bars(axes: Axes, parts: list[str], importance: np.ndarray, title: str) -> None:
    """The most important parts, the first on top."""
    best = np.argsort(-importance, kind="stable")[:DRAWN]
    axes.barh(range(len(best)), importance[best], color=BLUE)
    axes.set_yticks(range(len(best)), [parts[part] for part in best], fontsize=7)
    axes.invert_yaxis()
    axes.set(xlabel="importance (mask)", xlim=(0, 1))
    axes.set_title(f"{title}: {len(best)} of {len(parts)}", fontsize=9)


def signed_bars(axes: Axes, parts: list[str], effect: np.ndarray, title: str) -> None:
    """The parts of the largest effects, the first on top; blue raises the prediction."""
    best = np.argsort(-np.abs(effect), kind="stable")[:DRAWN]
    axes.barh(range(len(best)), effect[best], color=np.where(effect[best] > 0, BLUE, ORANGE))
    axes.set_yticks(range(len(best)), [parts[part] for part in best], fontsize=7)
    axes.invert_yaxis()
    axes.set(xlabel="effect on the predicted liking")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_title(f"{title}: {len(best)} of {len(parts)}", fontsize=9)


def fidelity_panel(axes: Axes, rows: pd.DataFrame, parts: str, measured: str = "fall of the probability") -> None:
    """How much the prediction changes by the number of parts; lines: named parts, bands: random ones."""
    axes.set_title("\n".join(verdict(rows, measure) for measure in MEASURES), fontsize=8)
    axes.set(xlabel=parts, ylabel=measured)
    if not len(rows):
        return
    for measure in MEASURES:
        color, line = LINES[measure]
        part = rows[rows.measure == measure]
        label = {"necessity": "named removed", "sufficiency": "all else removed"}[measure]
        axes.plot(part["size"], part.named, line, color=color, markersize=4, label=label)
        axes.plot(part["size"], part.random, ":", color=color, linewidth=1)
        axes.fill_between(part["size"], part.random_low, part.random_high, color=color, alpha=0.2, linewidth=0)
    axes.fill_between([], [], color=GREY, alpha=0.3, label="random parts, 90 %")
    axes.set_xscale("log")
    sizes = sorted(rows["size"].unique())
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.legend(fontsize=7, frameon=True, framealpha=0.8, edgecolor="none")


def star(
    axes: Axes, user: str, friends: list[str], share: np.ndarray, brings: np.ndarray, widest: float, title: str
) -> None:
    """Arrows from friends to the user in their midst, as thick as their share (K,), `widest` the thickest; grey where
    a friend brings no list: brings (K,) bool."""
    colors = np.where(brings, BLUE, GREY)
    angle = np.pi / 2 - 2 * np.pi * np.arange(len(friends)) / max(len(friends), 1)
    for friend, part, color, x, y in zip(friends, share, colors, np.cos(angle), np.sin(angle), strict=True):
        axes.annotate(
            "", xy=(0.17 * x, 0.17 * y), xytext=(0.8 * x, 0.8 * y),
            arrowprops={
                "arrowstyle": "-|>", "linewidth": 0.3 + 5 * part / widest, "color": color, "shrinkA": 0, "shrinkB": 0,
                "mutation_scale": 7 + 6 * part / widest,
            },
        )  # fmt: skip
        axes.text(x, y, f"{friend}\n{part:.3f}".replace("0.", "."), ha="center", va="center", fontsize=7)
    axes.text(
        0, 0, user, ha="center", va="center", fontsize=8, color="white", bbox={"boxstyle": "circle", "color": ORANGE}
    )
    axes.set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15), aspect="equal")
    axes.set_title(title, fontsize=9)
    axes.axis("off")
