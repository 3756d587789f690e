# Test scores of models of users, and their summary. Required inputs: scores.npz of a run, and the split's test.
# Outputs: metrics.json and predictions in the run's folder; <results>/cv_{summary,comparisons,printed}.csv.


rule evaluate_regions:
    """Test accuracy, macro-F1, confusion matrix, accuracy by degree, and every prediction: networks as published."""
    input:
        code=code("asia/evaluate_regions.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        scores=["<results>/runs/region/{features}/{model}/{split}/scores.npz"],
        test=lambda wildcards: [part_of("region", wildcards.split, "test")],
    output:
        predictions=["<results>/runs/region/{features}/{model}/{split}/predictions.parquet"],
        metrics=["<results>/runs/region/{features}/{model}/{split}/metrics.json"],
        figure=[
            report(
                "<results>/runs/region/{features}/{model}/{split}/figure.png",
                category="Regions",
                subcategory="{model}, {features} features",
                labels={"split": "{split}"},
                caption="../../report/region.rst",
            )
        ],
    log:
        "<logs>/evaluate_regions/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/evaluate_regions/{features}/{model}/{split}.tsv"
    wildcard_constraints:
        split=r"published_\d|single_split",
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("evaluate_regions"),
    params:
        title=lambda wildcards, output: [
            f"{wildcards.model}, {Path(path).parent.name}, {wildcards.features} features" for path in output.metrics
        ],
        folder=lambda wildcards, output: [Path(path).parent for path in output.metrics],
    shell:
        "python workflow/scripts/asia/evaluate_regions.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --scores {input.scores:q}"
        " --test {input.test:q}"
        " --title {params.title:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


use rule evaluate_regions as evaluate_all_regions with:
    # under strict all folds of a model in one job: nearly all of a job is imports
    input:
        code=code("asia/evaluate_regions.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        scores=[f"<results>/runs/region/{{features}}/{{model}}/strict_{fold}/scores.npz" for fold in FOLDS],
        test=[part_of("region", f"strict_{fold}", "test") for fold in FOLDS],
    output:
        predictions=[
            f"<results>/runs/region/{{features}}/{{model}}/strict_{fold}/predictions.parquet" for fold in FOLDS
        ],
        metrics=[f"<results>/runs/region/{{features}}/{{model}}/strict_{fold}/metrics.json" for fold in FOLDS],
        figure=[
            report(
                f"<results>/runs/region/{{features}}/{{model}}/strict_{fold}/figure.png",
                category="Regions",
                subcategory="{model}, {features} features",
                labels={"split": f"strict_{fold}"},
                caption="../../report/region.rst",
            )
            for fold in FOLDS
        ],
    log:
        "<logs>/evaluate_all_regions/{features}/{model}.log",
    benchmark:
        "<benchmarks>/evaluate_all_regions/{features}/{model}.tsv"


rule evaluate_artists:
    """Test scores over users and artists, and every user's, with their best artists: networks as published."""
    input:
        code=code("asia/evaluate_artists.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        scores="<results>/runs/{task}/{features}/{model}/{split}/scores.npz",
        artists="<results>/tables/asia/{task}.parquet",
        top=[],
        valid=lambda wildcards: part_of(wildcards.task, wildcards.split, "valid"),
        test=lambda wildcards: part_of(wildcards.task, wildcards.split, "test"),
    output:
        predictions="<results>/runs/{task}/{features}/{model}/{split}/predictions.parquet",
        metrics="<results>/runs/{task}/{features}/{model}/{split}/metrics.json",
        figure=report(
            "<results>/runs/{task}/{features}/{model}/{split}/figure.png",
            category="Artists",
            subcategory="{task}, {model}, {features} features",
            labels={"split": "{split}"},
            caption="../../report/artists.rst",
        ),
    log:
        "<logs>/evaluate_artists/{task}/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/evaluate_artists/{task}/{features}/{model}/{split}.tsv"
    wildcard_constraints:
        task=ARTIST_TASK,
        split=r"published_\d|single_split",
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("evaluate_artists"),
    params:
        protocol=lambda wildcards: protocol_of_users(wildcards.split),
        title=lambda wildcards: f"{wildcards.model}, {wildcards.split}, {wildcards.features} features",
        folder=subpath(output.metrics, parent=True),
    shell:
        "python workflow/scripts/asia/evaluate_artists.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --scores {input.scores:q}"
        " --artists {input.artists:q}"
        " --top {input.top:q}"
        " --valid {input.valid:q}"
        " --test {input.test:q}"
        " --protocol {params.protocol}"
        " --title {params.title:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


use rule evaluate_artists as evaluate_all_artists with:
    # under strict a model predicts all artists, and is measured on those of every task
    input:
        code=code("asia/evaluate_artists.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        scores="<results>/runs/{task}/{features}/{model}/{split}/scores.npz",
        artists="<results>/tables/asia/{task}.parquet",
        top=[f"<results>/tables/asia/{further}.parquet" for further in FURTHER_TASKS],
        valid=lambda wildcards: part_of(wildcards.task, wildcards.split, "valid"),
        test=lambda wildcards: part_of(wildcards.task, wildcards.split, "test"),
    output:
        [
            f"<results>/runs/{{task}}/{{features}}/{{model}}/{{split}}/predictions_{further}.parquet"
            for further in FURTHER_TASKS
        ],
        predictions="<results>/runs/{task}/{features}/{model}/{split}/predictions.parquet",
        metrics="<results>/runs/{task}/{features}/{model}/{split}/metrics.json",
        figure=report(
            "<results>/runs/{task}/{features}/{model}/{split}/figure.png",
            category="Artists",
            subcategory="{task}, {model}, {features} features",
            labels={"split": "{split}"},
            caption="../../report/artists.rst",
        ),
    log:
        "<logs>/evaluate_all_artists/{task}/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/evaluate_all_artists/{task}/{features}/{model}/{split}.tsv"
    wildcard_constraints:
        task="artists_7842",
        split=r"strict_\d",


rule summarise_cv:
    """Every model over its folds; each beside the best of each other kind; and beside what is printed of folds."""
    input:
        code=code("asia/summarise_cv.py"),
        metrics=[f"<results>/runs/{run}/metrics.json" for run in USER_RUNS],
        predictions=[f"<results>/runs/{run}/predictions.parquet" for run in USER_RUNS],
        records=[f"<results>/runs/{run}/run.json" for run in USER_RUNS],
        receipts=receipts("cv_summary"),
    output:
        summary=report(
            "<results>/cv_summary.csv",
            category="Results",
            labels={"table": "LastFM Asia, five folds"},
            caption="../../report/cv_summary.rst",
        ),
        comparisons=report(
            "<results>/cv_comparisons.csv",
            category="Results",
            labels={"table": "LastFM Asia, best of each other kind"},
            caption="../../report/cv_comparisons.rst",
        ),
        printed="<results>/cv_printed.csv",
    log:
        "<logs>/summarise_cv.log",
    benchmark:
        "<benchmarks>/summarise_cv.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("summarise_cv"),
    params:
        runs=lambda wildcards, input: [Path(path).parent for path in input.metrics],
        models=json.dumps({task: entries_of(task) for task in ("region", "artists")}),
        folder=subpath(output.summary, parent=True),
        # The printed numbers are of the real data, and of everybody's features.
        paper=json.dumps(
            {task: settings["paper"] for task, settings in [("region", REGION), *ARTISTS["tasks"].items()]}
            if FEATURES != "generated"
            else {}
        ),
    shell:
        "python workflow/scripts/asia/summarise_cv.py"
        " --runs {params.runs:q}"
        " --models {params.models:q}"
        " --paper {params.paper:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
