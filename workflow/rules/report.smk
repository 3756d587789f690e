# The page to look through, and tables for papers. Required inputs: the result tables and what they stand on. Outputs:
# <results>/overview.html, which `snakemake --report` takes up, and <results>/{table}.md and .tex beside each table's CSV.


# The tables of `all`.
RESULT_TABLES = ["table1"]
if "listens" not in config:  # of one's own listens nothing was published
    RESULT_TABLES += ["published_spread", "published_spread_summary", "peeking"]
RESULT_TABLES += ["leaderboard", "comparisons", "winners", "activity", "ablations"]
if "ranking" in LEADERBOARD["tasks"]:
    RESULT_TABLES.append("diversity")
if not DATA_NOTE:  # generated data and one's own listens stand for HetRec alone
    RESULT_TABLES += ["cv_summary", "cv_comparisons", "cv_printed"]


rule render_table:
    """A table as it goes into a paper."""
    input:
        code=code("report/render_table.py"),
        table="<results>/{table}.csv",
        winners=lambda wildcards: "<results>/winners.csv" if wildcards.table == "leaderboard" else [],
    output:
        markdown="<results>/{table}.md",
        latex="<results>/{table}.tex",
    log:
        "<logs>/render_table/{table}.log",
    benchmark:
        "<benchmarks>/render_table/{table}.tsv"
    wildcard_constraints:
        table="[a-z0-9_]+",
    localrule: True
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("render_table"),
    params:
        optional=lambda wildcards, input: flags(winners=input.winners),
    shell:
        "python workflow/scripts/report/render_table.py"
        " --table {input.table:q}"
        " {params.optional}"
        " --markdown {output.markdown:q}"
        " --latex {output.latex:q}"
        " > {log:q} 2>&1"


rule make_overview:
    """Charts, tables and recommendations of the whole experiment on one page."""
    input:
        code=code("report/make_overview.py"),
        template="workflow/report/overview.html.j2",
        citation="CITATION.cff",
        table1="<results>/table1.csv",
        histories=histories,
        records=lambda wildcards: [Path(file).with_name("run.json") for file in histories(wildcards)]
        + ([] if DATA_NOTE else [Path(file).with_name("run.json") for file in REGION_PREDICTIONS]),
        leaderboard="<results>/leaderboard.csv",
        winners="<results>/winners.csv",
        activity="<results>/activity.csv",
        recommendations="<results>/recommendations/artists.parquet",
        friends=[file for file in RECOMMENDATIONS if file.endswith("friends_hetrec.parquet")],
        explanations=[file for file in EXPLAINED_LIKINGS if file.endswith(".csv")]
        + ([] if DATA_NOTE else [file for file in EXPLAINED if file.endswith(("attention.csv", "_fidelity.csv"))]),
        cv_summary=[] if DATA_NOTE else "<results>/cv_summary.csv",
        regions=[] if DATA_NOTE else REGION_PREDICTIONS,
        friendships=[] if DATA_NOTE else "<results>/tables/asia/friendships.parquet",
    output:
        report(
            "<results>/overview.html",
            category="Overview",
            labels={"page": "Everything"},
            caption="../report/overview.rst",
        ),
    log:
        "<logs>/make_overview.log",
    benchmark:
        "<benchmarks>/make_overview.tsv"
    localrule: True
    conda:
        "../../envs/report.yaml"
    resources:
        **needs("make_overview"),
    params:
        optional=lambda wildcards, input: flags(
            friends=input.friends,
            cv_summary=input.cv_summary,
            friendships=input.friendships,
            regions=input.regions,
        ),
    shell:
        "python workflow/scripts/report/make_overview.py"
        " --table1 {input.table1:q}"
        " --histories {input.histories:q}"
        " --leaderboard {input.leaderboard:q}"
        " --winners {input.winners:q}"
        " --activity {input.activity:q}"
        " --recommendations {input.recommendations:q}"
        " --explanations {input.explanations:q}"
        " {params.optional}"
        " --citation {input.citation:q}"
        " --template {input.template:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"
