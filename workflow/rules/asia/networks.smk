# Networks of users and the choice of their settings. Required inputs: train and valid of a split; never its test.
# Outputs: <results>/runs/{task}/{features}/{model}/{split}/, trial_{trial}/ and selected.json beside it.
# split: published_<fold>, strict_<fold>, single_split.


rule train_user_network:
    """Train an MLP, GCN or GAT on one split, with the printed settings or those that select_settings chose."""
    input:
        code=code("asia/train_user_network.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        embedding=lambda wildcards: embedding_of(wildcards.split),
        likes=lambda wildcards: likes_of(wildcards.task, wildcards.features),
        artists=lambda wildcards: artists_of(wildcards.task),
        train=lambda wildcards: part_of(wildcards.task, wildcards.split, "train"),
        valid=lambda wildcards: part_of(wildcards.task, wildcards.split, "valid"),
        selected=selected_of,
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
        "../../../envs/gnn.yaml"
    threads: lambda wildcards: 2 if is_big(wildcards.task, wildcards.split) else 1
    resources:
        **needs("train_user_network", large=lambda wildcards: is_big(wildcards.task, wildcards.split)),
        **gpu(lambda wildcards: "asia/networks"),
    params:
        device=device_of("asia/networks"),
        identity=lambda wildcards: identity(
            task=wildcards.task, features=wildcards.features, model=wildcards.model, split=wildcards.split
        ),
        task=lambda wildcards: family_of(wildcards.task),
        protocol=lambda wildcards: protocol_of_users(wildcards.split),
        seed=lambda wildcards: fold_number(wildcards.split),
        settings=lambda wildcards: json.dumps(network_settings(wildcards.task, wildcards.model, wildcards.split)),
        optional=lambda wildcards, input: flags(**network_options(input, wildcards.split)),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/asia/train_user_network.py"
        " --task {params.task}"
        " --protocol {params.protocol}"
        " --device {params.device}"
        " {params.identity}"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " {params.optional}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --settings {params.settings:q}"
        " --seed {params.seed}"
        " --threads {threads}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


use rule train_user_network as tune_user_network with:
    input:
        code=code("asia/train_user_network.py"),
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
        **needs("tune_user_network"),
        **gpu(lambda wildcards: "asia/networks"),
    params:
        device=device_of("asia/networks"),
        identity=lambda wildcards: identity(
            task=wildcards.task,
            features=wildcards.features,
            model=wildcards.model,
            split="strict_0",
            trial=int(wildcards.trial),
        ),
        task=lambda wildcards: family_of(wildcards.task),
        protocol="strict",
        seed=0,
        settings=lambda wildcards: json.dumps(network_settings(wildcards.task, wildcards.model, "strict_0")),
        optional=lambda wildcards, input: flags(
            **network_options(input, "strict_0"),
            tried=json.dumps(trials_of_task(wildcards.task)[int(wildcards.trial)]),
        ),
        folder=subpath(output.run, parent=True),


rule select_settings:
    """The trial with the highest score on fold 0's validation part serves every fold."""
    input:
        code=code("asia/select_settings.py"),
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
        "../../../envs/data.yaml"
    resources:
        **needs("select_settings"),
    shell:
        "python workflow/scripts/asia/select_settings.py"
        " --runs {input.runs:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"
