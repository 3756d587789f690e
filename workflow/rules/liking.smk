# Liking scores of the leaderboard. Required inputs: tables and a strict split; the test part for evaluation alone.
# Outputs: <results>/runs/{liking}/{league}/{model}/strict_{seed}/. liking: liking, liking_train_normaliser.


rule make_splits:
    """8:1:1, by pair (strict) or, as the authors' code, by directed edge (published, which leaks)."""
    input:
        code=code("liking/make_splits.py"),
        listens="<tables>/listens.parquet",
    output:
        train="<results>/splits/{liking}/{split}/train.parquet",
        valid="<results>/splits/{liking}/{split}/valid.parquet",
        test="<results>/splits/{liking}/{split}/test.parquet",
        queries="<results>/splits/{liking}/{split}/queries.parquet",
    log:
        "<logs>/make_splits/{liking}/{split}.log",
    benchmark:
        "<benchmarks>/make_splits/{liking}/{split}.tsv"
    wildcard_constraints:
        split=r"(published|strict)_\d+",
    localrule: True
    conda:
        "../../envs/gnn.yaml"
    resources:
        **needs("make_splits"),
    params:
        protocol=lambda wildcards: protocol_of(wildcards.split),
        seed=lambda wildcards: seed_of(wildcards.split),
        normaliser=lambda wildcards: "train" if wildcards.liking == "liking_train_normaliser" else "all",
        folder=subpath(output.train, parent=True),
    shell:
        "python workflow/scripts/liking/make_splits.py"
        " --listens {input.listens:q}"
        " --protocol {params.protocol}"
        " --seed {params.seed}"
        " --normaliser {params.normaliser}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule predict_liking:
    """Fit one model and predict the validation and test pairs."""
    input:
        code=lambda wildcards: code("liking/predict_liking.py", f"liking/models/{file_of('liking', wildcards.model)}"),
        users="<tables>/users.parquet",
        artists="<tables>/artists.parquet",
        side=lambda wildcards: side_of(wildcards.league),
        train="<results>/splits/{liking}/strict_{seed}/train.parquet",
        valid="<results>/splits/{liking}/strict_{seed}/valid.parquet",
        queries="<results>/splits/{liking}/strict_{seed}/queries.parquet",
    output:
        scores="<results>/runs/{liking}/{league}/{model}/strict_{seed}/scores.parquet",
        model="<results>/runs/{liking}/{league}/{model}/strict_{seed}/model.pt",
        history="<results>/runs/{liking}/{league}/{model}/strict_{seed}/history.csv",
        trials="<results>/runs/{liking}/{league}/{model}/strict_{seed}/trials.csv",
        run="<results>/runs/{liking}/{league}/{model}/strict_{seed}/run.json",
    log:
        "<logs>/predict_liking/{liking}/{league}/{model}/{seed}.log",
    benchmark:
        "<benchmarks>/predict_liking/{liking}/{league}/{model}/{seed}.tsv"
    wildcard_constraints:
        model="|".join(entries("liking")),
    conda:
        "../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("predict_liking"),
        **gpu(lambda wildcards: f"liking/models/{file_of('liking', wildcards.model)}"),
    params:
        device=lambda wildcards: device_of(f"liking/models/{file_of('liking', wildcards.model)}"),
        identity=lambda wildcards: identity(
            task=wildcards.liking,
            league=wildcards.league,
            model=wildcards.model,
            split=f"strict_{wildcards.seed}",
        ),
        side=lambda wildcards, input: side_flags(input.side),
        model=lambda wildcards: file_of("liking", wildcards.model),
        grid=lambda wildcards: json.dumps(entries("liking")[wildcards.model]["grid"]),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/liking/predict_liking.py"
        " --users {input.users:q}"
        " --artists {input.artists:q}"
        " {params.side}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --queries {input.queries:q}"
        " --model {params.model}"
        " --grid {params.grid:q}"
        " --seed {wildcards.seed}"
        " --device {params.device}"
        " {params.identity}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule blend_liking:
    """Several models' predictions, with weights chosen on validation."""
    input:
        code=code("liking/blend_liking.py"),
        valid="<results>/splits/{liking}/strict_{seed}/valid.parquet",
        scores=lambda wildcards: blended_likings(wildcards, "scores.parquet"),
        runs=lambda wildcards: blended_likings(wildcards, "run.json"),
    output:
        scores="<results>/runs/{liking}/{league}/{blend}/strict_{seed}/scores.parquet",
        trials="<results>/runs/{liking}/{league}/{blend}/strict_{seed}/trials.csv",
        run="<results>/runs/{liking}/{league}/{blend}/strict_{seed}/run.json",
    log:
        "<logs>/blend_liking/{liking}/{league}/{blend}/{seed}.log",
    benchmark:
        "<benchmarks>/blend_liking/{liking}/{league}/{blend}/{seed}.tsv"
    wildcard_constraints:
        blend="|".join(LIKING_BLENDS) or "none",
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("blend_liking"),
    params:
        identity=lambda wildcards: identity(
            task=wildcards.liking,
            league=wildcards.league,
            model=wildcards.blend,
            split=f"strict_{wildcards.seed}",
        ),
        models=lambda wildcards: LIKING_BLENDS[wildcards.blend],
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/liking/blend_liking.py"
        " --valid {input.valid:q}"
        " --models {params.models}"
        " --scores {input.scores:q}"
        " {params.identity}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule evaluate_liking:
    """Errors over all test pairs, over each user's, and of cold, medium and hot users and artists."""
    input:
        code=code("liking/evaluate_liking.py"),
        scores="<results>/runs/{liking}/{league}/{model}/strict_{seed}/scores.parquet",
        listens="<tables>/listens.parquet",
        train="<results>/splits/{liking}/strict_{seed}/train.parquet",
        test="<results>/splits/{liking}/strict_{seed}/test.parquet",
    output:
        predictions="<results>/runs/{liking}/{league}/{model}/strict_{seed}/predictions.parquet",
        users="<results>/runs/{liking}/{league}/{model}/strict_{seed}/users.parquet",
        metrics="<results>/runs/{liking}/{league}/{model}/strict_{seed}/metrics.json",
    log:
        "<logs>/evaluate_liking/{liking}/{league}/{model}/{seed}.log",
    benchmark:
        "<benchmarks>/evaluate_liking/{liking}/{league}/{model}/{seed}.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("evaluate_liking"),
    params:
        folder=subpath(output.metrics, parent=True),
    shell:
        "python workflow/scripts/liking/evaluate_liking.py"
        " --scores {input.scores:q}"
        " --listens {input.listens:q}"
        " --train {input.train:q}"
        " --test {input.test:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
