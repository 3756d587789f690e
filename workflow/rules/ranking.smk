# Ranking of the leaderboard. Required inputs: tables. Outputs: <results>/splits/ranking/strict_{seed}/,
# <results>/features/ranking/strict_{seed}/ and <results>/runs/ranking/{league}/{model}/strict_{seed}/; peek.csv there,
# for models that are measured at several steps; <results>/diversity.csv and <results>/figures/diversity.png and .svg.


rule make_ranking_splits:
    """8:1:1 of every user's artists."""
    input:
        code=code("ranking/make_ranking_splits.py"),
        listens="<tables>/listens.parquet",
    output:
        train="<results>/splits/ranking/strict_{seed}/train.parquet",
        valid="<results>/splits/ranking/strict_{seed}/valid.parquet",
        test="<results>/splits/ranking/strict_{seed}/test.parquet",
    log:
        "<logs>/make_ranking_splits/{seed}.log",
    benchmark:
        "<benchmarks>/make_ranking_splits/{seed}.tsv"
    localrule: True
    conda:
        "../../envs/gnn.yaml"
    resources:
        **needs("make_ranking_splits"),
    params:
        folder=subpath(output.train, parent=True),
    shell:
        "python workflow/scripts/ranking/make_ranking_splits.py"
        " --listens {input.listens:q}"
        " --seed {wildcards.seed}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule describe_lists:
    """Candidates described by other models' scores, with parts of the listens hidden, for all rankers on such scores."""
    input:
        code=code("ranking/describe_lists.py"),
        users="<tables>/users.parquet",
        artists="<tables>/artists.parquet",
        side=sorted({path for league in listed_leagues(walks=False) for path in side_of(league)}),
        train="<results>/splits/ranking/strict_{seed}/train.parquet",
    output:
        # .6 GB a seed, which nobody needs once the models are fitted; "none" where no model reads lists
        temp(
            expand(
                "<results>/features/ranking/strict_{seed}/{candidates}_{folds}/{league}.npz",
                league=listed_leagues(walks=False) or ["none"],
                allow_missing=True,
            )
        ),
    log:
        "<logs>/describe_lists/{candidates}_{folds}/{seed}.log",
    benchmark:
        "<benchmarks>/describe_lists/{candidates}_{folds}/{seed}.tsv"
    wildcard_constraints:
        candidates=r"\d+",
        folds=r"\d+",
    conda:
        "../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("describe_lists"),
    params:
        side=lambda wildcards, input: side_flags(input.side),
        leagues=listed_leagues(walks=False),
        walks=listed_leagues(walks=True),
        folder=subpath(output[0], parent=True),
    shell:
        "python workflow/scripts/ranking/describe_lists.py"
        " --users {input.users:q}"
        " --artists {input.artists:q}"
        " {params.side}"
        " --train {input.train:q}"
        " --leagues {params.leagues}"
        " --walks {params.walks}"
        " --candidates {wildcards.candidates}"
        " --folds {wildcards.folds}"
        " --seed {wildcards.seed}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule rank_listens:
    """Rank all artists for every user by one model."""
    input:
        code=lambda wildcards: code(
            "ranking/rank_listens.py", f"ranking/models/{file_of('ranking', wildcards.model)}"
        ),
        users="<tables>/users.parquet",
        artists="<tables>/artists.parquet",
        side=lambda wildcards: side_of(wildcards.league),
        train="<results>/splits/ranking/strict_{seed}/train.parquet",
        valid="<results>/splits/ranking/strict_{seed}/valid.parquet",
        lists=lambda wildcards: lists_read(wildcards.league, wildcards.model),
    output:
        best="<results>/runs/ranking/{league}/{model}/strict_{seed}/best.parquet",
        trials="<results>/runs/ranking/{league}/{model}/strict_{seed}/trials.csv",
        run="<results>/runs/ranking/{league}/{model}/strict_{seed}/run.json",
    log:
        "<logs>/rank_listens/{league}/{model}/{seed}.log",
    benchmark:
        "<benchmarks>/rank_listens/{league}/{model}/{seed}.tsv"
    conda:
        "../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("rank_listens"),
        **gpu(lambda wildcards: f"ranking/models/{file_of('ranking', wildcards.model)}"),
    params:
        device=lambda wildcards: device_of(f"ranking/models/{file_of('ranking', wildcards.model)}"),
        identity=lambda wildcards: identity(
            task="ranking", league=wildcards.league, model=wildcards.model, split=f"strict_{wildcards.seed}"
        ),
        side=lambda wildcards, input: side_flags(input.side),
        optional=lambda wildcards, input, output: flags(lists=input.lists, steps=output.get("steps")),
        model=lambda wildcards: file_of("ranking", wildcards.model),
        grid=lambda wildcards: json.dumps(entries("ranking")[wildcards.model]["grid"]),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/ranking/rank_listens.py"
        " --users {input.users:q}"
        " --artists {input.artists:q}"
        " {params.side}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --league {wildcards.league}"
        " --model {params.model}"
        " --grid {params.grid:q}"
        " {params.optional}"
        " --seed {wildcards.seed}"
        " --device {params.device}"
        " {params.identity}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


use rule rank_listens as rank_by_step with:
    # the training whose steps are measured on test, too, when it is over: it keeps what it ranks first at each
    output:
        best="<results>/runs/ranking/{league}/{model}/strict_{seed}/best.parquet",
        trials="<results>/runs/ranking/{league}/{model}/strict_{seed}/trials.csv",
        run="<results>/runs/ranking/{league}/{model}/strict_{seed}/run.json",
        steps="<results>/runs/ranking/{league}/{model}/strict_{seed}/steps.parquet",
    log:
        "<logs>/rank_by_step/{league}/{model}/{seed}.log",
    benchmark:
        "<benchmarks>/rank_by_step/{league}/{model}/{seed}.tsv"
    wildcard_constraints:
        league="listens",
        model=PEEKED_RANKER,


ruleorder: rank_by_step > rank_listens


rule evaluate_ranking:
    """Recall, NDCG, MRR, hits, popularity and diversity on the test artists."""
    input:
        code=code("ranking/evaluate_ranking.py"),
        best="<results>/runs/ranking/{league}/{model}/strict_{seed}/best.parquet",
        artists="<tables>/artists.parquet",
        train="<results>/splits/ranking/strict_{seed}/train.parquet",
        valid="<results>/splits/ranking/strict_{seed}/valid.parquet",
        test="<results>/splits/ranking/strict_{seed}/test.parquet",
    output:
        users="<results>/runs/ranking/{league}/{model}/strict_{seed}/users.parquet",
        metrics="<results>/runs/ranking/{league}/{model}/strict_{seed}/metrics.json",
    log:
        "<logs>/evaluate_ranking/{league}/{model}/{seed}.log",
    benchmark:
        "<benchmarks>/evaluate_ranking/{league}/{model}/{seed}.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("evaluate_ranking"),
    params:
        folder=subpath(output.metrics, parent=True),
    shell:
        "python workflow/scripts/ranking/evaluate_ranking.py"
        " --best {input.best:q}"
        " --artists {input.artists:q}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --test {input.test:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule peek_ranking:
    """NDCG at 10 on validation and test at every step of a training that is over; what it writes chooses nothing."""
    input:
        code=code("ranking/peek_ranking.py"),
        users="<tables>/users.parquet",
        artists="<tables>/artists.parquet",
        valid="<results>/splits/ranking/strict_{seed}/valid.parquet",
        test="<results>/splits/ranking/strict_{seed}/test.parquet",
        run="<results>/runs/ranking/listens/{model}/strict_{seed}/run.json",
        steps="<results>/runs/ranking/listens/{model}/strict_{seed}/steps.parquet",
    output:
        peek="<results>/runs/ranking/listens/{model}/strict_{seed}/peek.csv",
    log:
        "<logs>/peek_ranking/{model}/{seed}.log",
    benchmark:
        "<benchmarks>/peek_ranking/{model}/{seed}.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("peek_ranking"),
    shell:
        "python workflow/scripts/ranking/peek_ranking.py"
        " --users {input.users:q}"
        " --artists {input.artists:q}"
        " --valid {input.valid:q}"
        " --test {input.test:q}"
        " --run {input.run:q}"
        " --steps {input.steps:q}"
        " --output {output.peek:q}"
        " > {log:q} 2>&1"


rule make_diversity:
    """What varied lists cost: NDCG beside diversity of the filter, moved in two ways, and of every model."""
    input:
        code=code("ranking/make_diversity.py"),
        users="<tables>/users.parquet",
        artists="<tables>/artists.parquet",
        side=side_of(Path(filter_run()).parts[-4]),
        parts=expand(
            "<results>/splits/ranking/{split}/{part}.parquet",
            split=Path(filter_run()).parent.name,
            part=["train", "valid", "test"],
        ),
        filter_run=filter_run(),
        runs=[f"<results>/runs/{run}/run.json" for run in beside_the_filter()],
        metrics=[f"<results>/runs/{run}/metrics.json" for run in beside_the_filter()],
    output:
        table=report(
            "<results>/diversity.csv",
            category="Results",
            labels={"table": "What varied lists cost"},
            caption="../report/diversity.rst",
        ),
        figure=report(
            "<results>/figures/diversity.png",
            category="Results",
            labels={"table": "What varied lists cost, drawn"},
            caption="../report/diversity.rst",
        ),
        vector="<results>/figures/diversity.svg",
    log:
        "<logs>/make_diversity.log",
    benchmark:
        "<benchmarks>/make_diversity.tsv"
    localrule: True
    conda:
        "../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("make_diversity"),
    params:
        side=lambda wildcards, input: side_flags(input.side),
        parts=lambda wildcards, input: flags(**{Path(path).stem: path for path in input.parts}),
        optional=lambda wildcards, input: flags(runs=[Path(path).parent for path in input.runs]),
        kinds=json.dumps(kinds("ranking")),
    shell:
        "python workflow/scripts/ranking/make_diversity.py"
        " --users {input.users:q}"
        " --artists {input.artists:q}"
        " {params.side}"
        " {params.parts}"
        " --filter-run {input.filter_run:q}"
        " {params.optional}"
        " --kinds {params.kinds:q}"
        " --output {output.table:q}"
        " --figure {output.figure:q}"
        " > {log:q} 2>&1"
