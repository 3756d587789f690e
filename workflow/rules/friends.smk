# Friends of the leaderboard. Required inputs: a friendship graph. Outputs: <results>/splits/{friends}/strict_{seed}/
# and <results>/runs/{friends}/graph/{model}/strict_{seed}/. friends: friends_hetrec, friends_asia.


rule make_friend_splits:
    """Hide a tenth of the friendships twice, everybody keeping a friend."""
    input:
        code=code("friends/make_friend_splits.py"),
        users=lambda wildcards: f"{friend_tables(wildcards.friends)}/users.parquet",
        friendships=lambda wildcards: friendships_of(wildcards.friends),
    output:
        expand(
            "<results>/splits/{{friends}}/strict_{{seed}}/{part}.parquet",
            part=["train", "valid", "test", "strangers", "candidates"],
        ),
    log:
        "<logs>/make_friend_splits/{friends}/{seed}.log",
    benchmark:
        "<benchmarks>/make_friend_splits/{friends}/{seed}.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("make_friend_splits"),
    params:
        folder=subpath(output[0], parent=True),
    shell:
        "python workflow/scripts/friends/make_friend_splits.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --seed {wildcards.seed}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule predict_friends:
    """Score the candidates by one model."""
    input:
        code=lambda wildcards: code(
            "friends/predict_friends.py", f"friends/models/{file_of('friends', wildcards.model)}"
        ),
        users=lambda wildcards: f"{friend_tables(wildcards.friends)}/users.parquet",
        train="<results>/splits/{friends}/strict_{seed}/train.parquet",
        valid="<results>/splits/{friends}/strict_{seed}/valid.parquet",
        strangers="<results>/splits/{friends}/strict_{seed}/strangers.parquet",
        candidates="<results>/splits/{friends}/strict_{seed}/candidates.parquet",
    output:
        scores="<results>/runs/{friends}/graph/{model}/strict_{seed}/scores.parquet",
        trials="<results>/runs/{friends}/graph/{model}/strict_{seed}/trials.csv",
        run="<results>/runs/{friends}/graph/{model}/strict_{seed}/run.json",
    log:
        "<logs>/predict_friends/{friends}/{model}/{seed}.log",
    benchmark:
        "<benchmarks>/predict_friends/{friends}/{model}/{seed}.tsv"
    conda:
        "../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("predict_friends"),
        **gpu(lambda wildcards: f"friends/models/{file_of('friends', wildcards.model)}"),
    params:
        device=lambda wildcards: device_of(f"friends/models/{file_of('friends', wildcards.model)}"),
        identity=lambda wildcards: identity(
            task=wildcards.friends, league="graph", model=wildcards.model, split=f"strict_{wildcards.seed}"
        ),
        model=lambda wildcards: file_of("friends", wildcards.model),
        grid=lambda wildcards: json.dumps(entries("friends")[wildcards.model]["grid"]),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/friends/predict_friends.py"
        " --users {input.users:q}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --strangers {input.strangers:q}"
        " --candidates {input.candidates:q}"
        " --model {params.model}"
        " --grid {params.grid:q}"
        " --seed {wildcards.seed}"
        " --device {params.device}"
        " {params.identity}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule evaluate_friends:
    """AUC, MRR and hits of the hidden test friendships."""
    input:
        code=code("friends/evaluate_friends.py"),
        scores="<results>/runs/{friends}/graph/{model}/strict_{seed}/scores.parquet",
        train="<results>/splits/{friends}/strict_{seed}/train.parquet",
        valid="<results>/splits/{friends}/strict_{seed}/valid.parquet",
        test="<results>/splits/{friends}/strict_{seed}/test.parquet",
        strangers="<results>/splits/{friends}/strict_{seed}/strangers.parquet",
    output:
        friendships="<results>/runs/{friends}/graph/{model}/strict_{seed}/friendships.parquet",
        metrics="<results>/runs/{friends}/graph/{model}/strict_{seed}/metrics.json",
    log:
        "<logs>/evaluate_friends/{friends}/{model}/{seed}.log",
    benchmark:
        "<benchmarks>/evaluate_friends/{friends}/{model}/{seed}.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("evaluate_friends"),
    params:
        folder=subpath(output.metrics, parent=True),
    shell:
        "python workflow/scripts/friends/evaluate_friends.py"
        " --scores {input.scores:q}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --test {input.test:q}"
        " --strangers {input.strangers:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
