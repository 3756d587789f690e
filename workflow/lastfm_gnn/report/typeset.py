"""Tables of text as Markdown (GitHub's) and as LaTeX, with the packages booktabs and longtable."""

from dataclasses import dataclass

import pandas as pd

ONE_PAGE = 40  # rows of a LaTeX table that is not to be broken
# what else would be markup
IN_MARKDOWN = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_<>[]|~"})
IN_LATEX = str.maketrans(
    {mark: f"\\{mark}" for mark in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"[": "{[}", "*": "{*}"}  # where a row begins with one it would be a part of the end of the row before
    | {"<": "$<$", ">": "$>$", "|": "$|$", "±": r"$\pm$", "−": "$-$", "†": r"$^\dagger$", "‡": r"$^\ddagger$"}
)


@dataclass(frozen=True)
class PaperTable:
    """name: for references to it; caption; cells: text; best: bool, of the same shape, which of them are bold."""

    name: str
    caption: str
    cells: pd.DataFrame
    best: pd.DataFrame

    def __post_init__(self) -> None:
        if self.cells.shape != self.best.shape:
            raise ValueError(f"{self.name}: {self.cells.shape} cells, {self.best.shape} of which may be bold")


def markdown(table: PaperTable) -> str:
    """The caption, and the table below it."""
    cells = table.cells.map(lambda text: text.translate(IN_MARKDOWN)).set_axis(
        [name.translate(IN_MARKDOWN) for name in table.cells], axis=1
    )
    bold = ("**" + cells + "**").where(table.best.set_axis(cells.columns, axis=1), cells)
    return f"{table.caption.translate(IN_MARKDOWN)}\n\n{bold.to_markdown(index=False, disable_numparse=True)}\n"


def latex(table: PaperTable) -> str:
    """A float, or a longtable of more rows than fit on a page."""
    cells = table.cells.map(lambda text: text.translate(IN_LATEX)).set_axis(
        [name.translate(IN_LATEX) for name in table.cells], axis=1
    )
    marks = table.best.set_axis(cells.columns, axis=1).map(lambda is_best: "textbf:--rwrap;" if is_best else "")
    long = len(cells) > ONE_PAGE
    return (
        cells.style.hide(axis="index")
        .apply(lambda _: marks, axis=None)
        .to_latex(
            hrules=True,
            column_format="l" * cells.shape[1],
            caption=table.caption.translate(IN_LATEX),
            label=f"tab:{table.name}",
            position_float=None if long else "centering",
            environment="longtable" if long else None,
        )
    )
