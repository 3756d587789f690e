# Recommendations. Required inputs: tables and the runs that choose the models, on validation. Outputs:
# <results>/champion/, the model of liking scores that is used from here on, <results>/recommendations/, and
# <results>/recommend.html.


rule choose_champion:
    """The model of liking scores of the best mean validation error."""
    input:
        code=code("recommend/choose_champion.py"),
        runs=[f"<results>/runs/{run}/run.json" for run in whole_models("liking")],
        models=[f"<results>/runs/{run}/model.pt" for run in whole_models("liking")],
        filter_run=filter_run(),
        tables=expand("<tables>/{table}.parquet", table=["users", "artists"]),
    output:
        model="<results>/champion/model.pt",
        record="<results>/champion/champion.json",
    log:
        "<logs>/choose_champion.log",
    benchmark:
        "<benchmarks>/choose_champion.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("choose_champion"),
    params:
        runs=lambda wildcards, input: [Path(path).parent for path in input.runs],
        tables=lambda wildcards, input: Path(input.tables[0]).parent,
        folder=subpath(output.record, parent=True),
    shell:
        "python workflow/scripts/recommend/choose_champion.py"
        " --runs {params.runs:q}"
        " --filter-run {input.filter_run:q}"
        " --tables {params.tables:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule register_champion:
    """The champion in MLflow's registry, for whoever loads or serves it."""
    input:
        code=code("recommend/register_champion.py", "recommend/server", *model_files("liking")),
        model=rules.choose_champion.output.model,
        record=rules.choose_champion.output.record,
        tables=expand("<tables>/{table}.parquet", table=[*SERVED_TABLES, "listens"]),
        train=f"<results>/splits/liking/strict_{LEADERBOARD['seeds'][0]}/train.parquet",
        requirements="requirements.txt",
    output:
        "<results>/mlflow/champion.json",
    log:
        "<logs>/register_champion.log",
    benchmark:
        "<benchmarks>/register_champion.tsv"
    localrule: True
    conda:
        "../../envs/registry.yaml"
    resources:
        **needs("register_champion"),
    params:
        champion=subpath(input.record, parent=True),
        tables=lambda wildcards, input: Path(input.tables[0]).parent,
        name="lastfm_liking" + (DATA_NOTE and f"_{DATA_NOTE}"),
        store=subpath(output[0], parent=True),
        failures=lambda wildcards: failures("champion"),
    shell:
        "python workflow/scripts/recommend/register_champion.py"
        " --champion {params.champion:q}"
        " --tables {params.tables:q}"
        " --train {input.train:q}"
        " --requirements {input.requirements:q}"
        " --name {params.name}"
        " --store-folder {params.store:q}"
        " --failures {params.failures}"
        " --output {output:q}"
        " > {log:q} 2>&1"


rule recommend_artists:
    """For every user, artists they do not listen to, and the listens and friends that say so."""
    input:
        code=code("recommend/recommend_artists.py", *model_files("liking")),
        model=rules.choose_champion.output.model,
        record=rules.choose_champion.output.record,
        tables=expand("<tables>/{table}.parquet", table=[*SERVED_TABLES, "listens"]),
    output:
        "<results>/recommendations/artists.parquet",
    log:
        "<logs>/recommend_artists.log",
    benchmark:
        "<benchmarks>/recommend_artists.tsv"
    conda:
        "../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("recommend_artists"),
    params:
        champion=subpath(input.record, parent=True),
        tables=lambda wildcards, input: Path(input.tables[0]).parent,
        top=20,
        score=LIKING["score"],
    shell:
        "python workflow/scripts/recommend/recommend_artists.py"
        " --champion {params.champion:q}"
        " --tables {params.tables:q}"
        " --top {params.top}"
        " --score {params.score}"
        " --output {output:q}"
        " > {log:q} 2>&1"


rule recommend_friends:
    """For every user, users who are no friends yet, and the friends in common."""
    input:
        code=code("recommend/recommend_friends.py", *model_files("friends")),
        users=lambda wildcards: f"{friend_tables(wildcards.friends)}/users.parquet",
        friendships=lambda wildcards: friendships_of(wildcards.friends),
        runs=lambda wildcards: [f"<results>/runs/{run}/run.json" for run in whole_models(wildcards.friends)],
    output:
        "<results>/recommendations/{friends}.parquet",
    log:
        "<logs>/recommend_friends/{friends}.log",
    benchmark:
        "<benchmarks>/recommend_friends/{friends}.tsv"
    conda:
        "../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("recommend_friends"),
    params:
        runs=lambda wildcards, input: [Path(path).parent for path in input.runs],
        top=50,
    shell:
        "python workflow/scripts/recommend/recommend_friends.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --runs {params.runs:q}"
        " --top {params.top}"
        " --output {output:q}"
        " > {log:q} 2>&1"


rule make_recommend_page:
    """A page that recommends artists to somebody who is not in the data, without a server."""
    input:
        code=code("recommend/make_recommend_page.py"),
        page=expand(
            "workflow/page/{file}",
            file=["page.html.j2", "page.css", "filter.js", "names.js", "history.js", "zip.js", "page.js"],
        ),
        filter_run=filter_run(),
        tables=expand("<tables>/{table}.parquet", table=["users", "artists", "listens"]),
    output:
        "<results>/recommend.html",
    log:
        "<logs>/make_recommend_page.log",
    benchmark:
        "<benchmarks>/make_recommend_page.tsv"
    conda:
        "../../envs/gnn.yaml"
    threads: 1
    resources:
        **needs("make_recommend_page"),
    params:
        tables=lambda wildcards, input: Path(input.tables[0]).parent,
        page=lambda wildcards, input: Path(input.page[0]).parent,
    shell:
        "python workflow/scripts/recommend/make_recommend_page.py"
        " --filter-run {input.filter_run:q}"
        " --tables {params.tables:q}"
        " --page {params.page:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"
