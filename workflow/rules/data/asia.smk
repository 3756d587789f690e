# LastFM Asia: raw files, tables, figures. Required inputs: none.
# Outputs: <results>/raw/asia/, <results>/tables/asia/*.parquet, <results>/figures/asia_*.png.

ASIA_FILES = {
    "edges": "<results>/raw/asia/lastfm_asia_edges.csv",
    "target": "<results>/raw/asia/lastfm_asia_target.csv",
}
LISTS = {"features": "<results>/raw/asia/lastfm_asia_features.json"} if FEATURES != "none" else {}


rule download_asia:
    """Take the raw files from the local data folder, else from the network."""
    input:
        code=code("data/download_asia.py"),
    output:
        **ASIA_FILES,
        **(LISTS if FEATURES != "generated" else {}),
    log:
        "<logs>/download_asia.log",
    benchmark:
        "<benchmarks>/download_asia.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("download_asia"),
    params:
        folder=subpath(output.edges, parent=True),
        data_folder=config["data_folder"],
        features=flags(
            no_features=FEATURES in ("none", "generated"),
            partial_features=FEATURES == "partial" and ASIA["partial"]["file"],
        ),
    shell:
        "python workflow/scripts/data/download_asia.py"
        " --data-folder {params.data_folder:q}"
        " {params.features}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


if FEATURES == "generated":

    rule generate_features:
        """Make up a list of artists for every user, of the official file's size."""
        input:
            **ASIA_FILES,
            code=code("data/generate_features.py"),
        output:
            **LISTS,
        log:
            "<logs>/generate_features.log",
        benchmark:
            "<benchmarks>/generate_features.tsv"
        localrule: True
        conda:
            "../../../envs/data.yaml"
        resources:
            **needs("generate_features"),
        params:
            raw=subpath(input.edges, parent=True),
        shell:
            "python workflow/scripts/data/generate_features.py"
            " --raw {params.raw:q}"
            " --output {output:q}"
            " > {log:q} 2>&1"


rule build_asia_tables:
    """Check every row of the raw files and write users, regions, friendships and likes as Parquet."""
    input:
        **ASIA_FILES,
        **LISTS,
        code=code("data/build_asia_tables.py"),
    output:
        users="<results>/tables/asia/users.parquet",
        regions="<results>/tables/asia/regions.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        likes="<results>/tables/asia/likes.parquet",
    log:
        "<logs>/build_asia_tables.log",
    benchmark:
        "<benchmarks>/build_asia_tables.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("build_asia_tables"),
    params:
        raw=subpath(input.edges, parent=True),
        folder=subpath(output.users, parent=True),
        optional=lambda wildcards, input: flags(
            features=LISTS and input.features,
            lists=LISTS and {"full": "official"}.get(FEATURES, FEATURES),
            users_with_lists=FEATURES == "partial" and ASIA["partial"]["users"],
        ),
    shell:
        "python workflow/scripts/data/build_asia_tables.py"
        " --raw {params.raw:q}"
        " {params.optional}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule explore_asia:
    """How friendships mix regions, degrees, and artists per user."""
    input:
        code=code("data/explore_asia.py"),
        users="<results>/tables/asia/users.parquet",
        regions="<results>/tables/asia/regions.parquet",
        friendships="<results>/tables/asia/friendships.parquet",
        likes="<results>/tables/asia/likes.parquet",
    output:
        mixing=report(
            "<results>/figures/asia_mixing.png",
            category="Data",
            labels={"figure": "LastFM Asia: friends by region"},
            caption="../../report/asia_mixing.rst",
        ),
        degrees=report(
            "<results>/figures/asia_degrees.png",
            category="Data",
            labels={"figure": "LastFM Asia: friends and artists per user"},
            caption="../../report/asia_degrees.rst",
        ),
        vectors=expand("<results>/figures/asia_{name}.svg", name=["mixing", "degrees"]),
    log:
        "<logs>/explore_asia.log",
    benchmark:
        "<benchmarks>/explore_asia.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("explore_asia"),
    params:
        folder=subpath(output.mixing, parent=True),
    shell:
        "python workflow/scripts/data/explore_asia.py"
        " --users {input.users:q}"
        " --regions {input.regions:q}"
        " --friendships {input.friendships:q}"
        " --likes {input.likes:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
