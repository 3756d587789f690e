"""Charts of the overview, to be hovered over (plotly). One style, colours that colour-blind readers tell apart."""

import itertools

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lastfm_gnn.core.plotting import BLUE, GREY, KIND_COLOURS, ORANGE
from lastfm_gnn.metrics.activity import GROUPS

LINES = [BLUE, ORANGE, "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", GREY]  # Okabe and Ito, but for yellow
TASKS = {
    "liking": "Liking of artists",
    "liking_train_normaliser": "Liking of artists, counts divided by the largest in train",
    "ranking": "Ranking of artists",
    "friends_hetrec": "Hidden friends, HetRec",
    "friends_asia": "Hidden friends, LastFM Asia",
}
METRICS = {"mse": "mean squared error", "ndcg_10": "NDCG@10", "mrr": "mean reciprocal rank"}
DEGREES = [1, 2, 3, 6, 11, 21, 51, np.inf]  # friends: first of each bin
SHOWN = 20  # parts of an explanation
LAYOUT = {
    "template": "plotly_white",
    "font": {"family": "sans-serif", "size": 13},
    "margin": {"l": 20, "r": 20, "t": 50, "b": 40},
    "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
}


def _chart(title: str, traces: list, x: str, y: str, **layout) -> go.Figure:
    figure = go.Figure(traces)
    figure.update_layout(title=title, **LAYOUT, **layout)
    figure.update_xaxes(title=x, automargin=True)
    figure.update_yaxes(title=y, automargin=True)
    return figure


def _line(place: int) -> dict:
    """Colour and dash of the line at a place, so that twice as many lines as colours look different."""
    return {"color": LINES[place % len(LINES)], "dash": "dash" if place // len(LINES) % 2 else "solid"}


def _menu(names: list[str], traces: int = 1) -> list[dict]:
    """A menu of names: choosing one shows its traces, `traces` for each name, and hides the others."""
    buttons = [
        {
            "label": name,
            "method": "update",
            "args": [{"visible": [name == other for other in names for _ in range(traces)]}],
        }
        for name in names
    ]
    return [{"buttons": buttons, "x": 1, "xanchor": "right", "y": 1.12}]


def table1(table: pd.DataFrame) -> go.Figure:
    """Test MSE of every row of table1.csv: as printed, and by each of the protocols."""
    series = [
        ("paper, printed", "paper_mse", None, ORANGE, "x"),
        ("the authors' protocol (leaks)", "published_mse", "published_mse_sd", GREY, "square"),
        ("the authors' code without the leak", "leak_free_mse", "leak_free_mse_sd", LINES[2], "diamond"),
        ("the same, user to artist alone", "user_to_artist_mse", "user_to_artist_mse_sd", LINES[3], "triangle-up"),
        ("the printed equations without the leak", "strict_mse", "strict_mse_sd", BLUE, "circle"),
    ]
    traces = [
        go.Scatter(
            x=table[mean],
            y=table.model,
            error_x={"array": table[sd]} if sd else None,
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": symbol, "size": 9},
        )
        for name, mean, sd, colour, symbol in series
        if mean in table and table[mean].notna().any()
    ]
    layout = {"yaxis": {"autorange": "reversed"}, "height": 160 + 26 * len(table)}
    return _chart("Table 1: liking of artists", traces, "mean squared error on test", "", **layout)


def leaderboard(table: pd.DataFrame, metric: str) -> go.Figure:
    """One task's models, a colour a kind, with 95 % intervals over users or friendships; a row a league and model."""
    rows = table[table.metric == metric]
    rows = rows.assign(members=rows.members.map("{:g}".format), tuned=rows.mean_tuned_seeds.map("{:.4f}".format))
    traces = []
    for kind, group in rows.groupby("kind", sort=False):
        traces.append(
            go.Scatter(
                x=group["mean"],
                y=[group.league, group.model],
                error_x={"array": group.high - group["mean"], "arrayminus": group["mean"] - group.low},
                mode="markers",
                name=kind,
                marker={"color": KIND_COLOURS[kind], "size": 9},
                customdata=group[["members", "tuned"]].replace("nan", "–"),
                hovertemplate="%{y}: %{x:.4f}<br>members: %{customdata[0]}<br>on tuned seeds: %{customdata[1]}",
            )
        )
    return _by_model(rows, metric, traces, "")


def _by_model(rows: pd.DataFrame, metric: str, traces: list, more: str) -> go.Figure:
    """A chart of one task that has a row for each of its leagues and models."""
    task, name = rows.task.iloc[0], METRICS.get(metric, metric)
    height = 180 + 24 * len(rows[["league", "model"]].drop_duplicates())
    layout = {"yaxis": {"autorange": "reversed"}, "height": height}
    return _chart(TASKS.get(task, task) + more, traces, f"{name} on test", "", **layout)


def activity(table: pd.DataFrame, metric: str) -> go.Figure:
    """One task's scores of cold, medium and hot users; a row a league and model."""
    rows = table[(table.metric == metric) & (table["of"] == "users")]
    traces = []
    for group, colour, symbol in zip(GROUPS, (BLUE, GREY, ORANGE), ("circle", "square", "diamond"), strict=True):
        of_group = rows[rows.activity == group]
        traces.append(
            go.Scatter(
                x=of_group["mean"], y=[of_group.league, of_group.model], mode="markers", name=group,
                marker={"color": colour, "symbol": symbol, "size": 9}, hovertemplate="%{y}: %{x:.4f}",
            )
        )  # fmt: skip
    return _by_model(rows, metric, traces, ": thirds of the users, by their activity in train")


def curves(histories: dict[str, pd.DataFrame]) -> go.Figure:
    """Validation error by epoch; a training part's on click in the legend."""
    traces = [
        go.Scatter(
            x=history.epoch,
            y=history[f"{part}_mse"],
            mode="lines+markers",
            name=f"{model}, {part}",
            line=_line(place),
            marker={"symbol": symbol},
            visible=True if part == "valid" else "legendonly",
        )
        for place, (model, history) in enumerate(histories.items())
        for part, symbol in (("valid", "circle"), ("train", "x"))
    ]
    layout = {"height": 600, "yaxis": {"type": "log", "dtick": "D2", "tickformat": "~g"}}
    return _chart("Learning curves of Table 1's networks", traces, "epoch", "mean squared error", **layout)


def confusion(predictions: dict[str, pd.DataFrame]) -> go.Figure:
    """Share of each region's test users placed in each; a model at a time, the last first: rivals and networks come
    before their blend."""
    traces = []
    shown = dict(reversed(predictions.items()))
    regions = sorted(set().union(*(set(rows.region) | set(rows.predicted) for rows in shown.values())))
    for place, (model, rows) in enumerate(shown.items()):
        counts = pd.crosstab(rows.region, rows.predicted).reindex(columns=regions, fill_value=0)
        shares = counts.div(counts.sum(1), axis=0)
        traces.append(
            go.Heatmap(
                z=shares, x=shares.columns, y=shares.index, zmin=0, zmax=1, colorscale="Viridis", name=model,
                visible=place == 0, colorbar={"title": "share"},
                hovertemplate="of region %{y}: %{z:.1%} in %{x}",
            )
        )  # fmt: skip
    axis = {"autorange": "reversed", "type": "category"}
    return _chart(
        "Predicted regions of the users of each region", traces, "predicted region", "region", height=560,
        updatemenus=_menu(list(shown)), yaxis=axis, xaxis={"type": "category"},
    )  # fmt: skip


def effects(likings: dict[str, pd.DataFrame]) -> go.Figure:
    """The largest effects on predicted likings, from liking.csv; a prediction at a time."""
    traces = []
    for place, rows in enumerate(likings.values()):
        best = rows.head(SHOWN)
        traces.append(
            go.Bar(
                x=best.effect, y=best.part, orientation="h", visible=place == 0, customdata=best.part_type,
                marker={"color": np.where(best.effect > 0, BLUE, ORANGE)},
                hovertemplate="%{customdata} %{y}: %{x:+.4f}<extra></extra>",
            )
        )  # fmt: skip
    return _chart(
        "What carries a predicted liking", traces, "effect on the predicted liking", "", height=560,
        updatemenus=_menu(list(likings)), yaxis={"autorange": "reversed"},
    )  # fmt: skip


def attention(users: dict[str, pd.DataFrame]) -> go.Figure:
    """Attention into users beside 1/k, from attention.csv; a user of a run at a time, bars and a line each."""
    traces = []
    for place, rows in enumerate(users.values()):
        best = rows.head(SHOWN)
        shown = {"y": best.part, "visible": place == 0}
        traces += [
            go.Bar(x=best.importance, orientation="h", name="attention", marker={"color": BLUE}, **shown),
            go.Scatter(x=best.uniform, mode="lines", name="1/k: none learnt", line={"color": ORANGE}, **shown),
        ]
    return _chart(
        "To whom an attention network attends", traces, "share of the messages", "", height=560,
        updatemenus=_menu(list(users), traces=2), yaxis={"autorange": "reversed", "type": "category"},
    )  # fmt: skip


def by_degree(predictions: dict[str, pd.DataFrame], degree: pd.Series) -> go.Figure:
    """Accuracy by a user's number of friends; degree: by user_id."""
    labels = [f"{low}" if high == low + 1 else f"{low}–{high - 1:.0f}" for low, high in itertools.pairwise(DEGREES)]
    labels[-1] = f"{DEGREES[-2]}+"
    traces = []
    for place, (model, rows) in enumerate(predictions.items()):
        group = pd.cut(rows.user_id.map(degree).fillna(0), DEGREES, right=False, labels=labels)
        right = (rows.region == rows.predicted).groupby(group, observed=True).mean()
        traces.append(go.Scatter(x=right.index, y=right, mode="lines+markers", name=model, line=_line(place)))
    return _chart("Accuracy by number of friends", traces, "friends", "accuracy", height=480)
