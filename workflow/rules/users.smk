# Users of LastFM Asia: their regions, and the artists that they like. Required inputs: <results>/tables/asia/*.parquet.
# Outputs: <results>/splits/{region,artists}/{fold}/, <results>/runs/{task}/{features}/{model}/{split}/ and
# <results>/cv_summary.csv. task: region, artists_<count>; split: published_<fold>, strict_<fold>, single_split.


rule make_folds:
    """Five folds as published, or the single split; validation is carved from the training part."""
    input:
        code=code("make_folds.py"),
        users="<results>/tables/asia/users.parquet",
        regions="<results>/tables/asia/regions.parquet",
        likes="<results>/tables/asia/likes.parquet",
    output:
        train="<results>/splits/{kind}/{fold}/train.parquet",
        valid="<results>/splits/{kind}/{fold}/valid.parquet",
        test="<results>/splits/{kind}/{fold}/test.parquet",
    log:
        "<logs>/make_folds/{kind}/{fold}.log",
    benchmark:
        "<benchmarks>/make_folds/{kind}/{fold}.tsv"
    conda:
        "../../envs/data.yaml"
    params:
        folder=subpath(output.train, parent=True),
    shell:
        "python workflow/scripts/make_folds.py"
        " --task {wildcards.kind}"
        " --users {input.users:q}"
        " --regions {input.regions:q}"
        " --likes {input.likes:q}"
        " --split {wildcards.fold}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule choose_artists:
    """The artists of a task: the most liked."""
    input:
        code=code("choose_artists.py"),
        likes="<results>/tables/asia/likes.parquet",
    output:
        "<results>/tables/asia/artists_{top}.parquet",
    log:
        "<logs>/choose_artists/{top}.log",
    benchmark:
        "<benchmarks>/choose_artists/{top}.tsv"
    conda:
        "../../envs/data.yaml"
    shell:
        "python workflow/scripts/choose_artists.py"
        " --likes {input.likes:q}"
        " --count {wildcards.top}"
        " --output {output:q}"
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
    """Regions by a model that is fitted; its settings are chosen inside the fold."""
    input:
        code=lambda wildcards: code("classify_users.py", f"region_models/{wildcards.model}"),
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
        "../../envs/gnn.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        likes=lambda wildcards, input: f"--likes {input.likes}" if input.likes else "",
        grid=lambda wildcards: json.dumps(REGION["models"][wildcards.model]["grid"], sort_keys=True),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/classify_users.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --embedding {input.embedding:q}"
        " {params.likes}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --model {wildcards.model}"
        " --features {wildcards.features}"
        " --grid {params.grid:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule rank_artists:
    """All artists by a model that is fitted; its settings are chosen on the fold's validation part."""
    input:
        code=lambda wildcards: code("rank_artists.py", f"artist_models/{wildcards.model}"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        embedding="<results>/embeddings/asia/netmf.npy",
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
        "../../envs/gnn.yaml"
    threads: 1
    resources:
        mem_mb=4000,
    params:
        grid=lambda wildcards: json.dumps(ARTISTS["models"][wildcards.model]["grid"], sort_keys=True),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/rank_artists.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --embedding {input.embedding:q}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --model {wildcards.model}"
        " --features {wildcards.features}"
        " --grid {params.grid:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule train_user_network:
    """Train an MLP, GCN or GAT on one split, with the printed settings or those that select_settings chose."""
    input:
        code=code("train_user_network.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        embedding=lambda wildcards: embedding_of(wildcards.split),
        likes=lambda wildcards: likes_of(wildcards.task, wildcards.features),
        artists=lambda wildcards: artists_of(wildcards.task),
        train=lambda wildcards: part_of(wildcards.task, wildcards.split, "train"),
        valid=lambda wildcards: part_of(wildcards.task, wildcards.split, "valid"),
        selected=lambda wildcards: selected_of(wildcards),
    output:
        scores="<results>/runs/{task}/{features}/{model}/{split}/scores.npz",
        curves="<results>/runs/{task}/{features}/{model}/{split}/history.csv",
        run="<results>/runs/{task}/{features}/{model}/{split}/run.json",
    log:
        "<logs>/train_user_network/{task}/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/train_user_network/{task}/{features}/{model}/{split}.tsv"
    wildcard_constraints:
        model="|".join(USER_NETWORKS),
        split=USER_SPLIT,
    conda:
        "../../envs/gnn.yaml"
    threads: lambda wildcards: 2 if is_big(wildcards.task, wildcards.split) else 1
    resources:
        mem_mb=lambda wildcards: 8000 if is_big(wildcards.task, wildcards.split) else 3000,
        runtime=120,
    params:
        task=lambda wildcards: kind_of(wildcards.task),
        protocol=lambda wildcards: protocol_of_users(wildcards.split),
        seed=lambda wildcards: fold_number(wildcards.split),
        settings=lambda wildcards: json.dumps(network_settings(wildcards.task, wildcards.model, wildcards.split)),
        inputs=lambda wildcards, input: " ".join(
            f"--{name} {input[name]}" for name in ("embedding", "likes", "artists", "selected") if input[name]
        ),
        options=lambda wildcards: "--join-valid" if wildcards.split.startswith("published") else "",
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/train_user_network.py"
        " --task {params.task}"
        " --protocol {params.protocol}"
        " --features {wildcards.features}"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " {params.inputs}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --settings {params.settings:q}"
        " {params.options}"
        " --seed {params.seed}"
        " --threads {threads}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


use rule train_user_network as tune_user_network with:
    input:
        code=code("train_user_network.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        embedding="<results>/embeddings/asia/netmf.npy",
        likes=lambda wildcards: likes_of(wildcards.task, wildcards.features),
        artists=lambda wildcards: artists_of(wildcards.task),
        train=lambda wildcards: part_of(wildcards.task, "strict_0", "train"),
        valid=lambda wildcards: part_of(wildcards.task, "strict_0", "valid"),
        selected=[],
    output:
        scores=temp("<results>/runs/{task}/{features}/{model}/trial_{trial}/scores.npz"),
        curves="<results>/runs/{task}/{features}/{model}/trial_{trial}/history.csv",
        run="<results>/runs/{task}/{features}/{model}/trial_{trial}/run.json",
    log:
        "<logs>/tune_user_network/{task}/{features}/{model}/{trial}.log",
    benchmark:
        "<benchmarks>/tune_user_network/{task}/{features}/{model}/{trial}.tsv"
    wildcard_constraints:
        model="|".join(USER_NETWORKS),
    threads: 1
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        task=lambda wildcards: kind_of(wildcards.task),
        protocol="strict",
        seed=0,
        settings=lambda wildcards: json.dumps(network_settings(wildcards.task, wildcards.model, "strict_0")),
        inputs=lambda wildcards, input: " ".join(
            f"--{name} {input[name]}" for name in ("embedding", "likes", "artists") if input[name]
        ),
        options=lambda wildcards: f"--tried '{json.dumps(trials_of_task(wildcards.task)[int(wildcards.trial)])}'",
        folder=subpath(output.run, parent=True),


rule select_settings:
    """The trial with the highest score on fold 0's validation part serves every fold."""
    input:
        code=code("select_settings.py"),
        runs=lambda wildcards: expand(
            "<results>/runs/{task}/{features}/{model}/trial_{trial}/run.json",
            trial=range(len(trials_of_task(wildcards.task))),
            allow_missing=True,
        ),
    output:
        "<results>/runs/{task}/{features}/{model}/selected.json",
    log:
        "<logs>/select_settings/{task}/{features}/{model}.log",
    benchmark:
        "<benchmarks>/select_settings/{task}/{features}/{model}.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    shell:
        "python workflow/scripts/select_settings.py" " --runs {input.runs:q}" " --output {output:q}" " > {log:q} 2>&1"


rule blend_scores:
    """Several models of one fold, with weights chosen on its validation part."""
    input:
        code=code("blend_scores.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        valid=lambda wildcards: part_of(wildcards.task, f"strict_{wildcards.fold}", "valid"),
        scores=lambda wildcards: [
            f"<results>/runs/{wildcards.task}/{features}/{model}/strict_{wildcards.fold}/scores.npz"
            for model, features in blended(wildcards.task, wildcards.features)
        ],
    output:
        scores="<results>/runs/{task}/{features}/blend/strict_{fold}/scores.npz",
        curves="<results>/runs/{task}/{features}/blend/strict_{fold}/trials.csv",
        run="<results>/runs/{task}/{features}/blend/strict_{fold}/run.json",
    log:
        "<logs>/blend_scores/{task}/{features}/{fold}.log",
    benchmark:
        "<benchmarks>/blend_scores/{task}/{features}/{fold}.tsv"
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=3000,
    params:
        task=lambda wildcards: kind_of(wildcards.task),
        models=lambda wildcards: [model for model, _ in blended(wildcards.task, wildcards.features)],
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/blend_scores.py"
        " --task {params.task}"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --valid {input.valid:q}"
        " --models {params.models}"
        " --scores {input.scores:q}"
        " --features {wildcards.features}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule evaluate_regions:
    """Test accuracy, macro-F1, confusion matrix, accuracy by degree, and every prediction."""
    input:
        code=code("evaluate_regions.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        scores="<results>/runs/region/{features}/{model}/{split}/scores.npz",
        test=lambda wildcards: part_of("region", wildcards.split, "test"),
    output:
        predictions="<results>/runs/region/{features}/{model}/{split}/predictions.parquet",
        metrics="<results>/runs/region/{features}/{model}/{split}/metrics.json",
        figure=report(
            "<results>/runs/region/{features}/{model}/{split}/figure.png",
            category="Regions",
            subcategory="{model}, {features} features",
            labels={"split": "{split}"},
            caption="../report/region.rst",
        ),
    log:
        "<logs>/evaluate_regions/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/evaluate_regions/{features}/{model}/{split}.tsv"
    wildcard_constraints:
        split=USER_SPLIT,
    conda:
        "../../envs/data.yaml"
    params:
        title=lambda wildcards: f"{wildcards.model}, {wildcards.split}, {wildcards.features} features",
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


rule evaluate_artists:
    """Test scores over users and artists, and every user's, with their best artists: networks as published."""
    input:
        code=code("evaluate_artists.py"),
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
            caption="../report/artists.rst",
        ),
    log:
        "<logs>/evaluate_artists/{task}/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/evaluate_artists/{task}/{features}/{model}/{split}.tsv"
    wildcard_constraints:
        task=ARTIST_TASK,
        split=r"published_\d|single_split",
    conda:
        "../../envs/data.yaml"
    resources:
        mem_mb=3000,
    params:
        protocol=lambda wildcards: protocol_of_users(wildcards.split),
        title=lambda wildcards: f"{wildcards.model}, {wildcards.split}, {wildcards.features} features",
        folder=subpath(output.metrics, parent=True),
    shell:
        "python workflow/scripts/evaluate_artists.py"
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
        code=code("evaluate_artists.py"),
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
            caption="../report/artists.rst",
        ),
    log:
        "<logs>/evaluate_all_artists/{task}/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/evaluate_all_artists/{task}/{features}/{model}/{split}.tsv"
    wildcard_constraints:
        task="artists_7842",
        split=r"strict_\d",


rule summarise_cv:
    """Every model over its folds, beside the best baseline of its task."""
    input:
        code=code("summarise_cv.py"),
        metrics=[f"<results>/runs/{run}/metrics.json" for run in USER_RUNS],
        predictions=[f"<results>/runs/{run}/predictions.parquet" for run in USER_RUNS],
        receipts=[f"<results>/runs/{run}/mlflow.json" for run in USER_RUNS + USER_TRIALS if config["tracking"]],
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
        runs=lambda wildcards, input: [Path(path).parent for path in input.metrics],
        baselines=json.dumps(
            {
                kind: [model for model, settings in config[kind]["models"].items() if settings["baseline"]]
                for kind in ("region", "artists")
            }
        ),
        # The printed numbers are of the real data, and of everybody's features.
        paper=json.dumps(
            {task: settings["paper"] for task, settings in [("region", REGION), *ARTISTS["tasks"].items()]}
            if FEATURES != "generated"
            else {}
        ),
    shell:
        "python workflow/scripts/summarise_cv.py"
        " --runs {params.runs}"
        " --baselines {params.baselines:q}"
        " --paper {params.paper:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"
