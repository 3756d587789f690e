# Users' regions from the friendship graph, five folds. Required inputs: <results>/tables/asia/*.parquet.
# Outputs: <results>/splits/region/{split}/, <results>/runs/region/{model}/{split}/, <results>/cv_summary.csv.


rule make_folds:
    """Five folds as published, or the single split; validation is carved from the training part."""
    input:
        code=code("make_folds.py"),
        users="<results>/tables/asia/users.parquet",
    output:
        train="<results>/splits/region/{fold}/train.parquet",
        valid="<results>/splits/region/{fold}/valid.parquet",
        test="<results>/splits/region/{fold}/test.parquet",
    log:
        "<logs>/make_folds/{fold}.log",
    benchmark:
        "<benchmarks>/make_folds/{fold}.tsv"
    conda:
        "../../envs/data.yaml"
    params:
        folder=subpath(output.train, parent=True),
    shell:
        "python workflow/scripts/make_folds.py"
        " --users {input.users:q}"
        " --split {wildcards.fold}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule embed_friends:
    """NetMF embedding of the friendship graph."""
    input:
        code=code("embed_friends.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
    output:
        "<results>/embeddings/asia/netmf.npy",
    log:
        "<logs>/embed_friends.log",
    benchmark:
        "<benchmarks>/embed_friends.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=4000,
    shell:
        "python workflow/scripts/embed_friends.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"


rule classify_users:
    """Scores of every region for every user; settings chosen on validation inside the fold."""
    input:
        code=lambda wildcards: code("classify_users.py", f"region_models/{wildcards.model}"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        embedding="<results>/embeddings/asia/netmf.npy",
        train="<results>/splits/region/{fold}/train.parquet",
        valid="<results>/splits/region/{fold}/valid.parquet",
    output:
        scores="<results>/runs/region/{model}/{fold}/scores.npy",
        trials="<results>/runs/region/{model}/{fold}/trials.csv",
        run="<results>/runs/region/{model}/{fold}/run.json",
    log:
        "<logs>/classify_users/{model}/{fold}.log",
    benchmark:
        "<benchmarks>/classify_users/{model}/{fold}.tsv"
    wildcard_constraints:
        model="|".join(REGION_MODELS),
    conda:
        "../../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        grid=lambda wildcards: json.dumps(REGION_MODELS[wildcards.model]["grid"], sort_keys=True),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/classify_users.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --embedding {input.embedding:q}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --model {wildcards.model}"
        " --grid {params.grid:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule evaluate_regions:
    """Test accuracy, macro-F1, confusion matrix, accuracy by degree, and every prediction."""
    input:
        code=code("evaluate_regions.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        scores="<results>/runs/region/{model}/{fold}/scores.npy",
        test="<results>/splits/region/{fold}/test.parquet",
    output:
        predictions="<results>/runs/region/{model}/{fold}/predictions.parquet",
        metrics="<results>/runs/region/{model}/{fold}/metrics.json",
        figure=report(
            "<results>/runs/region/{model}/{fold}/figure.png",
            category="Regions",
            subcategory="{model}",
            labels={"fold": "{fold}"},
            caption="../report/region.rst",
        ),
    log:
        "<logs>/evaluate_regions/{model}/{fold}.log",
    benchmark:
        "<benchmarks>/evaluate_regions/{model}/{fold}.tsv"
    conda:
        "../../envs/data.yaml"
    params:
        title=lambda wildcards: f"{wildcards.model}, {wildcards.fold}",
        folder=subpath(output.metrics, parent=True),
    shell:
        "python workflow/scripts/evaluate_regions.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --scores {input.scores:q}"
        " --test {input.test:q}"
        " --title {params.title:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule summarise_cv:
    """Every model over the five folds, beside its best baseline."""
    input:
        code=code("summarise_cv.py"),
        runs=expand(
            "<results>/runs/region/{model}/fold_{fold}/{file}",
            model=REGION_MODELS,
            fold=range(5),
            file=["metrics.json", "predictions.parquet"],
        ),
        receipts=expand(
            "<results>/runs/region/{model}/fold_{fold}/mlflow.json",
            model=REGION_MODELS if config["tracking"] else [],
            fold=range(5),
        ),
    output:
        report(
            "<results>/cv_summary.csv",
            category="Results",
            labels={"table": "LastFM Asia, five folds"},
            caption="../report/cv_summary.rst",
        ),
    log:
        "<logs>/summarise_cv.log",
    benchmark:
        "<benchmarks>/summarise_cv.tsv"
    conda:
        "../../envs/data.yaml"
    params:
        runs=lambda wildcards, input: Path(input.runs[0]).parents[2],
        models=list(REGION_MODELS),
        baselines=[model for model, settings in REGION_MODELS.items() if settings["baseline"]],
    shell:
        "python workflow/scripts/summarise_cv.py"
        " --runs {params.runs:q}"
        " --models {params.models}"
        " --baselines {params.baselines}"
        " --output {output:q}"
        " > {log:q} 2>&1"
