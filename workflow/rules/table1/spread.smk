# How far a published figure spreads, and what a peek at test is worth. Required inputs: published splits and their
# graphs; peeks of ranking models.
# Outputs: <results>/runs/spread/{model}/published_<seed>.csv, <results>/published_spread.csv,
# <results>/published_spread_summary.csv and <results>/peeking.csv.


SPREAD_MODELS = [model for model, network in NETWORKS.items() if "published_decay" in network]
SPREAD = [
    f"<results>/runs/spread/{model}/published_{seed}.csv"
    for model in SPREAD_MODELS
    for seed in LIKING["spread_seeds"]
]


rule measure_spread:
    """A published training, and the same from weights changed by a millionth; every epoch measured."""
    input:
        code=lambda wildcards: code("table1/measure_spread.py", model_file(wildcards.model)),
        graph="<results>/graphs/liking/published_{seed}/graph.npz",
        parts=expand("<results>/splits/liking/published_{{seed}}/{part}.parquet", part=["train", "valid", "test"]),
    output:
        "<results>/runs/spread/{model}/published_{seed}.csv",
    log:
        "<logs>/measure_spread/{model}/{seed}.log",
    benchmark:
        "<benchmarks>/measure_spread/{model}/{seed}.tsv"
    conda:
        "../../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("measure_spread"),
        **gpu(lambda wildcards: model_file(wildcards.model)),
    params:
        device=lambda wildcards: device_of(model_file(wildcards.model)),
        variant=lambda wildcards: NETWORKS[wildcards.model]["variant"],
        input=lambda wildcards: NETWORKS[wildcards.model]["input"],
        decay=lambda wildcards: NETWORKS[wildcards.model]["published_decay"],
        training=LIKING["training"],
        neighbours=neighbours_of("published"),
        split=lambda wildcards, input: Path(input.parts[0]).parent,
    shell:
        "python workflow/scripts/table1/measure_spread.py"
        " --graph {input.graph:q}"
        " --split {params.split:q}"
        " --variant {params.variant}"
        " --input {params.input}"
        " --seed {wildcards.seed}"
        " --decay {params.decay}"
        " --hidden {params.training[hidden]}"
        " --epochs {params.training[epochs]}"
        " --batch-size {params.training[batch_size]}"
        " --neighbours {params.neighbours}"
        " --learning-rate {params.training[learning_rate]}"
        " --weight-decay {params.training[weight_decay]}"
        " --threads {threads}"
        " --device {params.device}"
        " --output {output:q}"
        " > {log:q} 2>&1"


rule make_spread:
    """Every published figure as a distribution."""
    input:
        code=code("table1/make_spread.py"),
        spread=SPREAD,
    output:
        table=report(
            "<results>/published_spread.csv",
            category="Results",
            labels={"table": "Spread of the published figures"},
            caption="../../report/spread.rst",
        ),
        summary=report(
            "<results>/published_spread_summary.csv",
            category="Results",
            labels={"table": "Spread of the published figures, in short"},
            caption="../../report/spread.rst",
        ),
    log:
        "<logs>/make_spread.log",
    benchmark:
        "<benchmarks>/make_spread.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("make_spread"),
    params:
        models=[model for model in SPREAD_MODELS for _ in LIKING["spread_seeds"]],
        folder=subpath(output.table, parent=True),
    shell:
        "python workflow/scripts/table1/make_spread.py"
        " --spread {input.spread:q}"
        " --models {params.models}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


# Of ranking, the published graph recommender, where it plays.
PEEKED_RANKER = "lightgcn"
PEEKED = [
    f"<results>/runs/ranking/listens/{PEEKED_RANKER}/strict_{seed}/peek.csv"
    for seed in LEADERBOARD["seeds"]
    if "ranking" in LEADERBOARD["tasks"]
    and "listens" in LEADERBOARD["ranking"]["leagues"]
    and PEEKED_RANKER in LEADERBOARD["ranking"]["models"]
]


rule make_peeking:
    """The test score at the best validation epoch beside that at the best test epoch."""
    input:
        code=code("table1/make_peeking.py"),
        spread=SPREAD,
        ranking=PEEKED,
    output:
        report(
            "<results>/peeking.csv",
            category="Results",
            labels={"table": "What a peek at test is worth"},
            caption="../../report/peeking.rst",
        ),
    log:
        "<logs>/make_peeking.log",
    benchmark:
        "<benchmarks>/make_peeking.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("make_peeking"),
    params:
        models=[model for model in SPREAD_MODELS for _ in LIKING["spread_seeds"]],
        optional=lambda wildcards, input: flags(ranking=input.ranking),
    shell:
        "python workflow/scripts/table1/make_peeking.py"
        " --spread {input.spread:q}"
        " --models {params.models}"
        " {params.optional}"
        " --output {output:q}"
        " > {log:q} 2>&1"
