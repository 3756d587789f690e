# Folds of LastFM Asia's users, the artists of each task, and the users' places in the graph. Required inputs:
# <results>/tables/asia/*.parquet. Outputs: <results>/splits/{region,artists}/{fold}/, <results>/embeddings/asia/.


rule make_folds:
    """Five folds as published, or the single split; validation is carved from the training part."""
    input:
        code=code("asia/make_folds.py"),
        users="<results>/tables/asia/users.parquet",
        regions="<results>/tables/asia/regions.parquet",
        likes="<results>/tables/asia/likes.parquet",
    output:
        train="<results>/splits/{family}/{fold}/train.parquet",
        valid="<results>/splits/{family}/{fold}/valid.parquet",
        test="<results>/splits/{family}/{fold}/test.parquet",
    log:
        "<logs>/make_folds/{family}/{fold}.log",
    benchmark:
        "<benchmarks>/make_folds/{family}/{fold}.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("make_folds"),
    params:
        folder=subpath(output.train, parent=True),
    shell:
        "python workflow/scripts/asia/make_folds.py"
        " --task {wildcards.family}"
        " --users {input.users:q}"
        " --regions {input.regions:q}"
        " --likes {input.likes:q}"
        " --split {wildcards.fold}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule choose_artists:
    """The artists of a task: the most liked."""
    input:
        code=code("asia/choose_artists.py"),
        likes="<results>/tables/asia/likes.parquet",
    output:
        "<results>/tables/asia/artists_{top}.parquet",
    log:
        "<logs>/choose_artists/{top}.log",
    benchmark:
        "<benchmarks>/choose_artists/{top}.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("choose_artists"),
    shell:
        "python workflow/scripts/asia/choose_artists.py"
        " --likes {input.likes:q}"
        " --count {wildcards.top}"
        " --output {output:q}"
        " > {log:q} 2>&1"


rule embed_friends:
    """NetMF embedding of the friendship graph."""
    input:
        code=code("asia/embed_friends.py"),
        users="<results>/tables/asia/users.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
    output:
        "<results>/embeddings/asia/netmf.npy",
    log:
        "<logs>/embed_friends.log",
    benchmark:
        "<benchmarks>/embed_friends.tsv"
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("embed_friends"),
    shell:
        "python workflow/scripts/asia/embed_friends.py"
        " --users {input.users:q}"
        " --friendships {input.friendships:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"
