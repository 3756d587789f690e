# The page to look through. Required inputs: the result tables and what they stand on. Outputs: <results>/overview.html,
# which `snakemake --report` takes up.


rule make_overview:
    """Charts, tables and recommendations of the whole experiment on one page."""
    input:
        code=code("report/make_overview.py"),
        template="workflow/report/overview.html.j2",
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
        " --template {input.template:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"
