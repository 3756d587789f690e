# Fitted models of users, and blends. Required inputs: train and valid of a fold; never its test.
# Outputs: <results>/runs/{task}/{features}/{model}/strict_{fold}/. task: region, artists_<count>.


rule classify_users:
    """Regions by a model that is fitted; its settings are chosen inside the fold."""
    input:
        code=lambda wildcards: code("asia/classify_users.py", f"asia/region_models/{wildcards.model}"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        embedding="<results>/embeddings/asia/netmf.npy",
        likes=lambda wildcards: likes_of("region", wildcards.features),
        train="<results>/splits/region/fold_{fold}/train.parquet",
        valid="<results>/splits/region/fold_{fold}/valid.parquet",
    output:
        scores="<results>/runs/region/{features}/{model}/strict_{fold}/scores.npz",
        curves="<results>/runs/region/{features}/{model}/strict_{fold}/trials.csv",
        run="<results>/runs/region/{features}/{model}/strict_{fold}/run.json",
    log:
        "<logs>/classify_users/{features}/{model}/{fold}.log",
    benchmark:
        "<benchmarks>/classify_users/{features}/{model}/{fold}.tsv"
    wildcard_constraints:
        model="|".join(REGION["models"]),
    conda:
        "../../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("classify_users"),
        **gpu(lambda wildcards: f"asia/region_models/{wildcards.model}"),
    params:
        device=lambda wildcards: device_of(f"asia/region_models/{wildcards.model}"),
        identity=lambda wildcards: identity(
            task="region", features=wildcards.features, model=wildcards.model, split=f"strict_{wildcards.fold}"
        ),
        likes=lambda wildcards, input: flags(likes=input.likes),
        grid=lambda wildcards: json.dumps(REGION["models"][wildcards.model]["grid"], sort_keys=True),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/asia/classify_users.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --embedding {input.embedding:q}"
        " {params.likes}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --model {wildcards.model}"
        " --device {params.device}"
        " {params.identity}"
        " --grid {params.grid:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule rank_artists:
    """All artists by a model that is fitted; its settings are chosen on the fold's validation part."""
    input:
        code=lambda wildcards: code("asia/rank_artists.py", f"asia/artist_models/{wildcards.model}"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        embedding="<results>/embeddings/asia/netmf.npy",
        regions=[f"<results>/splits/region/fold_{{fold}}/{part}.parquet" for part in ("train", "valid")],
        train="<results>/splits/artists/fold_{fold}/train.parquet",
        valid="<results>/splits/artists/fold_{fold}/valid.parquet",
    output:
        scores="<results>/runs/artists_7842/{features}/{model}/strict_{fold}/scores.npz",
        curves="<results>/runs/artists_7842/{features}/{model}/strict_{fold}/trials.csv",
        run="<results>/runs/artists_7842/{features}/{model}/strict_{fold}/run.json",
    log:
        "<logs>/rank_artists/{features}/{model}/{fold}.log",
    benchmark:
        "<benchmarks>/rank_artists/{features}/{model}/{fold}.tsv"
    wildcard_constraints:
        model="|".join(ARTISTS["models"]),
    conda:
        "../../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("rank_artists"),
        **gpu(lambda wildcards: f"asia/artist_models/{wildcards.model}"),
    params:
        device=lambda wildcards: device_of(f"asia/artist_models/{wildcards.model}"),
        identity=lambda wildcards: identity(
            task="artists_7842", features=wildcards.features, model=wildcards.model, split=f"strict_{wildcards.fold}"
        ),
        grid=lambda wildcards: json.dumps(ARTISTS["models"][wildcards.model]["grid"], sort_keys=True),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/asia/rank_artists.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --embedding {input.embedding:q}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --regions {input.regions:q}"
        " --model {wildcards.model}"
        " --device {params.device}"
        " {params.identity}"
        " --grid {params.grid:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule blend_scores:
    """Several models of one fold, with weights chosen on its validation part."""
    input:
        code=code("asia/blend_scores.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        valid=lambda wildcards: part_of(wildcards.task, f"strict_{wildcards.fold}", "valid"),
        scores=lambda wildcards: [
            f"<results>/runs/{wildcards.task}/{features}/{model}/strict_{wildcards.fold}/scores.npz"
            for model, features in blended(wildcards.task, wildcards.model, wildcards.features)
        ],
    output:
        scores="<results>/runs/{task}/{features}/{model}/strict_{fold}/scores.npz",
        curves="<results>/runs/{task}/{features}/{model}/strict_{fold}/trials.csv",
        run="<results>/runs/{task}/{features}/{model}/strict_{fold}/run.json",
    log:
        "<logs>/blend_scores/{task}/{features}/{model}/{fold}.log",
    benchmark:
        "<benchmarks>/blend_scores/{task}/{features}/{model}/{fold}.tsv"
    wildcard_constraints:
        model="|".join([*REGION["blends"], *ARTISTS["blends"]]),
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("blend_scores"),
    params:
        identity=lambda wildcards: identity(
            task=wildcards.task, features=wildcards.features, model=wildcards.model, split=f"strict_{wildcards.fold}"
        ),
        task=lambda wildcards: family_of(wildcards.task),
        models=lambda wildcards: [model for model, _ in blended(wildcards.task, wildcards.model, wildcards.features)],
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/asia/blend_scores.py"
        " --task {params.task}"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --valid {input.valid:q}"
        " --models {params.models}"
        " --scores {input.scores:q}"
        " {params.identity}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
