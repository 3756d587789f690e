"""What of a result table goes into a paper: mean ± sample standard deviation, the best of a column in bold.

Bold is for the eye alone. Nothing was chosen by it, since these are test scores, and it does not say that the
difference to the next is more than chance.
"""

import math
from collections.abc import Iterable

import pandas as pd

from lastfm_gnn.metrics.selection import CHOSEN_BY, LOWEST
from lastfm_gnn.report.typeset import PaperTable

DIGITS = 4  # of the largest number of a column
PROTOCOLS = ("paper", "published", "leak_free", "user_to_artist", "strict")
ERRORS = {"mse": "mean squared error", "mae": "mean absolute error"}
ROW = ["features", "model", "kind", "members"]  # whose scores a row has
# of a league's metrics; leaderboard.csv has all
SHOWN = {
    "liking": ["mse", "mae", "spearman"],
    "ranking": ["ndcg_10", "ndcg_20", "recall_20", "mrr_10", "coverage_20", "novelty_20", "similarity_20"],
    "friends": ["mrr", "mrr_hard", "hits_10", "hits_20", "auc"],
}
OF_WINNERS = ["task", "league", "members", "kind", "model", "mean", "graph_network", "difference"]
OF_WINNERS += ["low to high", "p_holm", "p_seeds", "verdict", "note"]
LOW = {"mae", *LOWEST}
NEITHER = {"coverage", "novelty", "similarity", "popularity"}  # more is not better
MARKS = {"graph network ahead": "†", "graph network behind": "‡"}
BOLD = "mean ± sample standard deviation. Bold: the best of a column, by which nothing was chosen"
MARKED = (
    "† (‡): the best graph network of as many members is ahead of this model (behind it), which is the best of its"
    " kind on validation: on every seed, and with p_holm and p_seeds below .01."
)


def places(values: pd.Series) -> int:
    """Decimals with which the largest of the values has DIGITS digits."""
    largest = values.abs().max()
    known = 0 < largest < math.inf
    return max(0, DIGITS - 1 - math.floor(math.log10(largest))) if known else DIGITS - 1


def number(value: float, decimals: int) -> str:
    """Nothing for what is missing; a minus as it is typeset."""
    return "" if pd.isna(value) else f"{value:.{decimals}f}".replace("-", "−")


def with_sd(mean: pd.Series, sd: pd.Series) -> pd.Series:
    """mean ± sd with the column's decimals; of one seed there is no sd."""
    decimals = places(mean)
    of_sd = sd.map(lambda value: "" if pd.isna(value) else f" ± {number(value, decimals)}")
    return mean.map(lambda value: number(value, decimals)) + of_sd


def text_of(column: pd.Series) -> pd.Series:
    """Any column as text; numbers that are not whole have DIGITS digits."""

    def shown(value: object) -> str:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return str(value)
        whole = float(value).is_integer() and abs(value) < 1e9
        return (f"{value:.0f}" if whole else f"{value:.{DIGITS}g}").replace("-", "−")

    return column.astype(object).map(lambda value: "" if pd.isna(value) else shown(value))


def is_best(metric: str, means: pd.Series) -> pd.Series:
    """(rows,) bool; nowhere where more is not better, or one row has a value."""
    if metric.rpartition("_")[0] in NEITHER or means.notna().sum() < 2:
        return pd.Series(False, means.index)
    return means == (means.min() if metric in LOW else means.max())


def joined(columns: Iterable[tuple[str, pd.Series, pd.Series | None]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cells and which are bold, of (name, text, best); columns without any text are left out."""
    kept = [(name, text, best) for name, text, best in columns if text.empty or (text != "").any()]
    cells = pd.DataFrame({name: text.reset_index(drop=True) for name, text, _ in kept})
    nowhere = pd.Series(False, cells.index)
    return cells, pd.DataFrame(
        {name: nowhere if best is None else best.reset_index(drop=True) for name, _, best in kept}
    )


def seeds(rows: pd.DataFrame) -> str:
    count = rows.seeds.max()
    return f"{count:g} seeds" if count > 1 else "one seed"


def of_table1(table: pd.DataFrame) -> list[PaperTable]:
    """A table an error."""
    made = []
    for error, title in ERRORS.items():
        columns = [("model", text_of(table.model), None)]
        for protocol in PROTOCOLS:
            mean = table[f"{protocol}_{error}"]
            sd = table.get(f"{protocol}_{error}_sd", pd.Series(math.nan, table.index))
            columns.append((protocol, with_sd(mean, sd), is_best(error, mean)))
        caption = f"Table 1: {title} on test over {seeds(table)} (paper: as printed), {BOLD}."
        made.append(PaperTable(f"table1_{error}", caption, *joined(columns)))
    return made


def by_metric(rows: pd.DataFrame, metrics: list[str], marks: pd.Series | None = None) -> list:
    """Columns of rows that are one a model and metric: ROW, and mean ± sd of each metric. marks: by model."""
    named = [name for name in ROW if name in rows]
    models = rows[named].drop_duplicates().reset_index(drop=True)
    columns = [(name, text_of(models[name]), None) for name in named]
    for metric in metrics:
        own = models.merge(rows[rows.metric == metric], on=named, how="left")
        text = with_sd(own["mean"], own.sd)
        if marks is not None and metric == metrics[0]:
            text = text + own.model.map(marks).fillna("")
        if "paper" in own:
            columns.append((f"{metric}, printed", own.paper.map(lambda value: number(value, DIGITS)), None))
        columns.append((metric, text, is_best(metric, own["mean"])))
    return columns


def of_leagues(table: pd.DataFrame, winners: pd.DataFrame) -> list[PaperTable]:
    """A table a task and league. Marked where winners.csv has a verdict of a model, the same for every number of
    members."""
    made = []
    for (task, league), rows in table.groupby(["task", "league"], sort=False):
        family = task.split("_")[0]
        metrics = [CHOSEN_BY[family], *(name for name in SHOWN[family] if name != CHOSEN_BY[family])]
        verdicts = winners[(winners.task == task) & (winners.league == league)].dropna(subset="verdict")
        of_model = (
            verdicts.groupby("model")
            .verdict.agg(set)
            .map(lambda all_of: MARKS.get(all_of.pop(), "") if len(all_of) == 1 else "")
        )
        caption = f"{task}, {league}: test scores over {seeds(rows)}, {BOLD} (compare models of as many members)."
        caption += f" {MARKED}" if of_model.ne("").any() else ""
        made.append(PaperTable(f"{task}_{league}", caption, *joined(by_metric(rows, metrics, of_model))))
    return made


def of_folds(table: pd.DataFrame) -> list[PaperTable]:
    """A table a task and protocol."""
    made = []
    for (task, protocol), rows in table.groupby(["task", "protocol"], sort=False):
        caption = f"LastFM Asia, {task}, {protocol}: test scores over folds, {BOLD}."
        columns = by_metric(rows, list(rows.metric.unique()))
        made.append(PaperTable(f"{task}_{protocol}", caption, *joined(columns)))
    return made


def as_it_is(name: str, table: pd.DataFrame, columns: list[str] | None = None) -> PaperTable:
    """Row by row, with mean ± sd and the ends of an interval in one column each, all with a metric's decimals."""
    by = next((table[column] for column in ("metric", "error") if column in table), pd.Series("", table.index))
    scale = table.get("mean", table.get("difference", pd.Series(math.nan, table.index)))
    decimals = by.map(scale.groupby(by).agg(places))

    def rounded(column: str) -> pd.Series:
        pairs = zip(table[column], decimals, strict=True)
        return pd.Series([number(value, of) for value, of in pairs], table.index, dtype=str)

    texts = {column: text_of(table[column]) for column in table}
    texts |= {column: rounded(column) for column in ("mean", "difference", "low", "high") if column in table}
    if "mean" in table and "sd" in table:
        texts["mean"] = texts["mean"] + rounded("sd").map(lambda text: f" ± {text}" if text else "")
    if "low" in table:
        texts["low to high"] = (texts["low"] + " to " + texts["high"]).where(table.low.notna(), "")
    order = [{"low": "low to high"}.get(column, column) for column in table if column not in ("sd", "high")]
    order = [column for column in columns or order if column in texts]
    return PaperTable(name, f"{name}.csv.", *joined((column, texts[column], None) for column in order))


def of_winners(table: pd.DataFrame) -> list[PaperTable]:
    """The best of each kind; bold where it is the best of them all on test."""
    whole = as_it_is("winners", table, OF_WINNERS)
    if table.empty:
        return [whole]
    of = table.groupby(["task", "league", "members"], dropna=False, sort=False)
    best = pd.concat([is_best(rows.metric.iloc[0], rows["mean"]) for _, rows in of]).sort_index()
    caption = (
        "The best of each kind on validation, for each number of members: test score, and the best graph network less"
        f" it (95 % interval over users or friendships); {BOLD}."
    )
    bold = whole.best.assign(mean=best.reset_index(drop=True))
    return [PaperTable("winners", caption, whole.cells, bold)]


def paper_tables(name: str, table: pd.DataFrame, winners: pd.DataFrame | None) -> list[PaperTable]:
    """Of the CSV of that name. Captions say where its data are not the official ones."""
    source = table.data.iloc[0] if "data" in table and len(table) else ""
    made_from = source and f" Made from {source} data{'' if source == 'own' else ': no result'}."
    table = table.drop(columns="data", errors="ignore").reset_index(drop=True)
    if name == "table1":
        made = of_table1(table)
    elif name == "leaderboard" and winners is not None:
        made = of_leagues(table, winners)
    elif name == "cv_summary":
        made = of_folds(table)
    elif name == "winners":
        made = of_winners(table)
    else:
        made = [as_it_is(name, table)]
    return [PaperTable(one.name, one.caption + made_from, one.cells, one.best) for one in made]
