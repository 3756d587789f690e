# What predictions rest on. Required inputs: of networks of users, those of train_user_network; of likings, the champion
# and what it recommended. Outputs: <results>/explanations/{task}/{features}/{model}/{split}/ and .../liking/user_{user}/.


use rule train_user_network as keep_network with:
    # the training of a run that is explained: it keeps its network, which is 300 MB of the largest
    output:
        scores="<results>/runs/{task}/{features}/{model}/{split}/scores.npz",
        curves="<results>/runs/{task}/{features}/{model}/{split}/history.csv",
        run="<results>/runs/{task}/{features}/{model}/{split}/run.json",
        network="<results>/runs/{task}/{features}/{model}/{split}/network.pt",
    log:
        "<logs>/keep_network/{task}/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/keep_network/{task}/{features}/{model}/{split}.tsv"
    wildcard_constraints:
        task=EXPLAINED_TASK,
        model="|".join(USER_NETWORKS),
        split=USER_SPLIT,
    params:
        device=device_of("asia/networks"),
        identity=lambda wildcards: identity(
            task=wildcards.task, features=wildcards.features, model=wildcards.model, split=wildcards.split
        ),
        task=lambda wildcards: family_of(wildcards.task),
        protocol=lambda wildcards: protocol_of_users(wildcards.split),
        seed=lambda wildcards: fold_number(wildcards.split),
        settings=lambda wildcards: json.dumps(network_settings(wildcards.task, wildcards.model, wildcards.split)),
        optional=lambda wildcards, input, output: flags(
            **network_options(input, wildcards.split), seen_network=output.network
        ),
        folder=subpath(output.run, parent=True),


ruleorder: keep_network > train_user_network


rule explain_attention:
    """Whom a network of attention attends to, beside 1/k, and whether it matters."""
    input:
        code=code("explain/explain_attention.py"),
        network="<results>/runs/{task}/{features}/{model}/{split}/network.pt",
    output:
        importance="<results>/explanations/{task}/{features}/{model}/{split}/attention.csv",
        fidelity="<results>/explanations/{task}/{features}/{model}/{split}/attention_fidelity.csv",
        figures=report(
            [
                f"<results>/explanations/{{task}}/{{features}}/{{model}}/{{split}}/{figure}"
                for figure in figures_of_users("attention")
            ],
            category="Explanations",
            subcategory="{task}, {model}, {split}",
            caption="../../report/explain_attention.rst",
        ),
    log:
        "<logs>/explain_attention/{task}/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/explain_attention/{task}/{features}/{model}/{split}.tsv"
    conda:
        "../../../envs/gnn.yaml"
    resources:
        **needs("explain_attention"),
    params:
        title=lambda wildcards: f"{wildcards.model}, {wildcards.split}, {wildcards.features} features",
        users=EXPLANATIONS["users"],
        sizes=EXPLANATIONS["sizes"]["friends"],
        draws=EXPLANATIONS["draws"],
        folder=subpath(output.importance, parent=True),
    shell:
        "python workflow/scripts/explain/explain_attention.py"
        " --network {input.network:q}"
        " --users {params.users}"
        " --sizes {params.sizes}"
        " --draws {params.draws}"
        " --title {params.title:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule explain_users:
    """What single users' predictions rest on: GNNExplainer's masks of features and edges."""
    input:
        code=code("explain/explain_users.py"),
        network="<results>/runs/{task}/{features}/{model}/{split}/network.pt",
    output:
        importance="<results>/explanations/{task}/{features}/{model}/{split}/users.csv",
        fidelity="<results>/explanations/{task}/{features}/{model}/{split}/users_fidelity.csv",
        figures=report(
            [
                f"<results>/explanations/{{task}}/{{features}}/{{model}}/{{split}}/{figure}"
                for figure in figures_of_users("users")
            ],
            category="Explanations",
            subcategory="{task}, {model}, {split}",
            caption="../../report/explain_users.rst",
        ),
    log:
        "<logs>/explain_users/{task}/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/explain_users/{task}/{features}/{model}/{split}.tsv"
    conda:
        "../../../envs/gnn.yaml"
    resources:
        **needs("explain_users"),
    params:
        title=lambda wildcards: f"{wildcards.model}, {wildcards.split}, {wildcards.features} features",
        users=EXPLANATIONS["users"],
        feature_sizes=EXPLANATIONS["sizes"]["features"],
        edge_sizes=EXPLANATIONS["sizes"]["edges"],
        explainer=json.dumps(EXPLANATIONS["explainer"]),
        draws=EXPLANATIONS["draws"],
        folder=subpath(output.importance, parent=True),
    shell:
        "python workflow/scripts/explain/explain_users.py"
        " --network {input.network:q}"
        " --users {params.users}"
        " --feature-sizes {params.feature_sizes}"
        " --edge-sizes {params.edge_sizes}"
        " --explainer {params.explainer:q}"
        " --draws {params.draws}"
        " --title {params.title:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule explain_features:
    """Which features the predictions of all users that a run scores rest on."""
    input:
        code=code("explain/explain_features.py"),
        network="<results>/runs/{task}/{features}/{model}/{split}/network.pt",
    output:
        importance="<results>/explanations/{task}/{features}/{model}/{split}/features.csv",
        fidelity="<results>/explanations/{task}/{features}/{model}/{split}/features_fidelity.csv",
        figure=report(
            "<results>/explanations/{task}/{features}/{model}/{split}/features.png",
            category="Explanations",
            subcategory="{task}, {model}, {split}",
            caption="../../report/explain_features.rst",
        ),
    log:
        "<logs>/explain_features/{task}/{features}/{model}/{split}.log",
    benchmark:
        "<benchmarks>/explain_features/{task}/{features}/{model}/{split}.tsv"
    conda:
        "../../../envs/gnn.yaml"
    resources:
        **needs("explain_features"),
    params:
        title=lambda wildcards: f"{wildcards.model}, {wildcards.split}, {wildcards.features} features",
        sizes=EXPLANATIONS["sizes"]["features"],
        explainer=json.dumps(EXPLANATIONS["explainer"]),
        draws=EXPLANATIONS["draws"],
        folder=subpath(output.importance, parent=True),
    shell:
        "python workflow/scripts/explain/explain_features.py"
        " --network {input.network:q}"
        " --sizes {params.sizes}"
        " --explainer {params.explainer:q}"
        " --draws {params.draws}"
        " --title {params.title:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule explain_liking:
    """Which listens and listeners carry the predicted liking of the artist whom a user is recommended first."""
    input:
        code=code("explain/explain_liking.py", *model_files("liking")),
        model=rules.choose_champion.output.model,
        record=rules.choose_champion.output.record,
        tables=expand("<tables>/{table}.parquet", table=[*SERVED_TABLES, "listens"]),
        recommendations=rules.recommend_artists.output,
    output:
        importance="<results>/explanations/liking/user_{user}/liking.csv",
        fidelity="<results>/explanations/liking/user_{user}/liking_fidelity.csv",
        figure=report(
            "<results>/explanations/liking/user_{user}/liking.png",
            category="Explanations",
            subcategory="liking",
            labels={"user": "{user}"},
            caption="../../report/explain_liking.rst",
        ),
    log:
        "<logs>/explain_liking/{user}.log",
    benchmark:
        "<benchmarks>/explain_liking/{user}.tsv"
    conda:
        "../../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("explain_liking"),
    params:
        champion=subpath(input.record, parent=True),
        tables=lambda wildcards, input: Path(input.tables[0]).parent,
        neighbours=EXPLANATIONS["liking"]["neighbours"],
        sizes=EXPLANATIONS["liking"]["sizes"],
        draws=EXPLANATIONS["liking"]["draws"],
        folder=subpath(output.importance, parent=True),
    shell:
        "python workflow/scripts/explain/explain_liking.py"
        " --user {wildcards.user}"
        " --neighbours {params.neighbours}"
        " --sizes {params.sizes}"
        " --draws {params.draws}"
        " --tables {params.tables:q}"
        " --champion {params.champion:q}"
        " --recommendations {input.recommendations:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
