"""Tables for papers: by hand from CSVs, and whatever stands in a cell is text in Markdown and LaTeX alike."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import render_table
from lastfm_gnn.core.program import InputError
from lastfm_gnn.report.typeset import IN_LATEX, PaperTable, latex, markdown


@pytest.fixture
def rendered(tmp_path):
    """(Markdown, LaTeX) of a CSV's text."""

    def called(name, content, *options):
        (tmp_path / f"{name}.csv").write_text(content)
        outputs = [tmp_path / "table.md", tmp_path / "table.tex"]
        given_as = [f"--table={tmp_path}/{name}.csv", f"--markdown={outputs[0]}", f"--latex={outputs[1]}"]
        render_table.main([*given_as, *options])
        return [path.read_text() for path in outputs]

    return called


def rows_of(text):
    """Cells of every row of Markdown's tables, without the padding."""
    return [[cell.strip() for cell in line.split(" | ")] for line in re.findall(r"^\| (.*) \|$", text, re.MULTILINE)]


def test_table1(rendered):
    columns = [f"{name}_{error}{sd}" for name in ("published", "leak_free", "user_to_artist", "strict")
               for error in ("mse", "mae") for sd in ("", "_sd")]  # fmt: skip
    network = [0.02049, 0.00012, 0.1, 0.01, *[0.5, 0.1] * 4, 0.01351, 0.0002, 0.09, 0.0012]
    baseline = [0.01153, 0.00031, 0.08, 0.001, *["", ""] * 4, 0.01204, "", 0.0704, ""]
    lines = [
        f"edge_weight,0.021,0.1094,{','.join(map(str, network))},3,",
        f"user_mean,,,{','.join(map(str, baseline))},3,",
    ]
    text, tex = rendered("table1", "\n".join([f"model,paper_mse,paper_mae,{','.join(columns)},seeds,note", *lines]))
    title, errors = text.split("\n\n")[0], rows_of(text)
    assert title.startswith("Table 1: mean squared error on test over 3 seeds (paper: as printed), mean ± sample")
    assert errors[0] == ["model", "paper", "published", "leak\\_free", "user\\_to\\_artist", "strict"]
    assert errors[1] == [
        *("edge\\_weight", "0.02100", "0.02049 ± 0.00012", "0.5000 ± 0.1000", "0.5000 ± 0.1000", "0.01351 ± 0.00020")
    ]
    assert errors[2][0] == "user\\_mean" and errors[2][2:] == ["**0.01153 ± 0.00031**", "", "", "**0.01204**"]
    assert errors[4][-1] == "0.09000 ± 0.00120" and errors[5][-1] == "**0.07040**"  # the second table's
    assert r"edge\_weight & 0.02100 & 0.02049 $\pm$ 0.00012 & 0.5000" in tex
    assert r"user\_mean &  & \textbf{0.01153 $\pm$ 0.00031} &  &  & \textbf{0.01204} \\" in tex
    assert tex.count(r"\begin{tabular}{llllll}") == 2 and r"\toprule" in tex and r"\label{tab:table1_mse}" in tex


LEADERBOARD = """task,league,model,kind,members,metric,mean,sd,seeds
ranking,listens,ease,baseline,,ndcg_10,0.2168,0.0011,5
ranking,listens,ease,baseline,,coverage_20,0.2,0.01,5
ranking,listens,xsimgcl,graph_network,1,ndcg_10,0.1984,0.0015,5
ranking,listens,xsimgcl,graph_network,1,coverage_20,0.25,0.01,5
ranking,listens,item_knn,closed_form_graph,,ndcg_10,0.21,0.0015,5
liking,side,bias,baseline,,mse,0.01115,0.0001,5
liking,side,mlp,second_stage,3,mse,0.00855,0.00024,5
"""
WINNERS = """task,league,members,metric,kind,model,mean,sd,graph_network,difference,low,high,p_holm,p_seeds,verdict
ranking,listens,1,ndcg_10,baseline,ease,0.2168,0.0011,xsimgcl,-0.0184,-0.02,-0.01,1e-80,0.0001,graph network behind
ranking,listens,1,ndcg_10,closed_form_graph,item_knn,0.21,0.0015,xsimgcl,-0.0116,-0.02,0.01,0.2,0.3,level
ranking,listens,1,ndcg_10,graph_network,xsimgcl,0.1984,0.0015,,,,,,,
"""


def test_leaderboard_is_bold_where_best_and_marked_by_verdicts(rendered, tmp_path):
    (tmp_path / "winners.csv").write_text(WINNERS)
    text, tex = rendered("leaderboard", LEADERBOARD, f"--winners={tmp_path}/winners.csv")
    ranking, liking = rows_of(text)[:4], rows_of(text)[4:]
    assert ranking == [
        ["model", "kind", "members", "ndcg\\_10", "coverage\\_20"],
        ["ease", "baseline", "", "**0.2168 ± 0.0011‡**", "0.2000 ± 0.0100"],  # more coverage is not better
        ["xsimgcl", "graph\\_network", "1", "0.1984 ± 0.0015", "0.2500 ± 0.0100"],
        ["item\\_knn", "closed\\_form\\_graph", "", "0.2100 ± 0.0015", ""],
    ]
    assert [row[-1] for row in liking] == ["mse", "0.01115 ± 0.00010", "**0.00855 ± 0.00024**"]
    assert text.count("† (‡)") == 1  # said where there is a mark
    assert (
        r"\textbf{0.2168 $\pm$ 0.0011$^\ddagger$}" in tex
        and "liking, side: test scores over 5 seeds, mean $\\pm$" in tex
    )


def test_winners_and_tables_without_a_form_of_their_own(rendered):
    text, _ = rendered("winners", WINNERS)
    first, second, last = rows_of(text)[1:]
    assert first[5:] == [
        *(
            "**0.2168 ± 0.0011**",
            "xsimgcl",
            "−0.0184",
            "−0.0200 to −0.0100",
            "1e−80",
            "0.0001",
            "graph network behind",
        )
    ]
    assert second[5] == "0.2100 ± 0.0015" and last[6:] == [""] * 6
    plain, tex = rendered("peeking", "data,model,mean,sd,flat\ngenerated,a_b,-0.5,0.25,True\n")
    assert rows_of(plain)[1] == ["a\\_b", "−0.5000 ± 0.2500", "True"]
    assert "Made from generated data: no result." in plain and r"a\_b & $-$0.5000 $\pm$ 0.2500 & True \\" in tex
    empty, tex = rendered("ablations", "task,model,mean,sd\n")
    assert rows_of(empty) == [["task", "model", "mean"]] and r"task & model & mean \\" in tex


FOLDS = """task,features,model,kind,members,protocol,metric,paper,fold0,fold1,mean,sd,valid
region,none,gcn,graph_network,1,strict,accuracy,,0.75,0.77,0.76,0.014142,0.75
region,none,gcn,graph_network,1,strict,macro_f1,,0.5,0.6,0.55,0.070711,0.75
region,none,label_propagation,closed_form_graph,,strict,accuracy,,0.88,0.89,0.885,0.007071,0.88
region,none,label_propagation,closed_form_graph,,strict,macro_f1,,0.5,0.5,0.5,0,0.88
region,none,gcn,graph_network,1,published,accuracy,0.8263,0.7,,0.7,,
"""


def test_folds_are_a_table_a_task_and_protocol_beside_what_is_printed(rendered):
    text, _ = rendered("cv_summary", FOLDS)
    strict, published = rows_of(text)[:3], rows_of(text)[3:]
    assert strict == [
        ["features", "model", "kind", "members", "accuracy", "macro\\_f1"],
        ["none", "gcn", "graph\\_network", "1", "0.7600 ± 0.0141", "**0.5500 ± 0.0707**"],
        ["none", "label\\_propagation", "closed\\_form\\_graph", "", "**0.8850 ± 0.0071**", "0.5000 ± 0.0000"],
    ]
    assert published[0][4:] == ["accuracy, printed", "accuracy"] and published[1][4:] == ["0.8263", "0.7000"]


def test_a_table_of_many_rows_is_broken_over_pages(rendered):
    _, short = rendered("comparisons", "model,p\n" + "ease,0.1\n" * 40)
    _, long = rendered("comparisons", "model,p\n" + "ease,0.1\n" * 41)
    assert "longtable}" not in short.split("\n", 1)[1] and r"\begin{longtable}" in long


def test_what_cannot_be_rendered_is_told(rendered, tmp_path):
    with pytest.raises(InputError, match=r"table1.csv: not a readable CSV"):
        rendered("table1", "")
    with pytest.raises(SystemExit):
        rendered("leaderboard", LEADERBOARD)
    assert not (tmp_path / "table.md").exists()


def table_of(cells):
    frame = pd.DataFrame({"a_name": cells})
    return PaperTable("of_anything", "A caption & 50 % of_it", frame, frame.map(lambda text: len(text) % 2 == 1))


SIGNS = st.text(st.sampled_from("\\`*_<>[]|~&%$#{}^±−†‡ab 1.-!"), min_size=1).map(str.strip).filter(bool)


@given(st.lists(SIGNS, min_size=1, max_size=4))
def test_any_cell_is_text_in_markdown(cells):
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(table_of(cells)))
    shown = [
        "".join(part.content for part in token.children if part.type in ("text", "text_special"))
        for token in tokens
        if token.type == "inline"
    ]
    assert shown == ["A caption & 50 % of_it", "a_name", *cells]


@given(st.lists(SIGNS, min_size=1, max_size=4))
def test_any_cell_is_text_in_latex(cells):
    """Every special character stands in a command that prints it, and what is printed is what was there."""
    lines = [line for line in latex(table_of(cells)).splitlines() if line.endswith(r" \\")][1:]
    printed = {written: chr(sign) for sign, written in IN_LATEX.items()}
    parts = re.compile("|".join(map(re.escape, sorted(printed, key=len, reverse=True))) + r"|[^\\&%$#_{}~^<>|[*]")
    for line, cell in zip(lines, cells, strict=True):
        content = line.removesuffix(r" \\")
        if len(cell) % 2:
            content = content.removeprefix(r"\textbf{").removesuffix("}")
        found = parts.findall(content)
        assert "".join(found) == content and "".join(printed.get(part, part) for part in found) == cell


def test_a_table_without_rows_has_its_head(rendered):
    """The demo has no ablations."""
    header = "data,task,league,model,ablation,metric,mean,difference,low,high,p"
    text, tex = rendered("ablations", f"{header}\n")
    assert rows_of(text)[0][:3] == ["task", "league", "model"] and len(rows_of(text)) == 1
    assert r"\end{tabular}" in tex
