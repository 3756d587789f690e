# Typed tables. Required inputs: <results>/raw/hetrec/*.dat or, with config's listens, that file of one's own.
# Outputs: <tables>/*.parquet.

TABLES = expand(
    "<tables>/{table}.parquet",
    table=["listens", "users", "artists", "friends", "tags", "tag_assignments"],
)


if LIKING["source"] == "own":

    rule count_listens:
        """Check every row of the file, and add up the counts by user and artist."""
        input:
            code=code("data/count_listens.py"),
            listens=LISTEN_FILES,
        output:
            counts="<results>/raw/own/counts.arrow",
            mbids="<results>/raw/own/mbids.parquet",
        log:
            "<logs>/count_listens.log",
        benchmark:
            "<benchmarks>/count_listens.tsv"
        localrule: True
        conda:
            "../../../envs/data.yaml"
        resources:
            **needs("count_listens"),
        params:
            listens=[f"./{path}" if path.startswith("-") else path for path in LISTENS],
        shell:
            "python workflow/scripts/data/count_listens.py"
            " --listens {params.listens:q}"
            " --counts {output.counts:q}"
            " --mbids {output.mbids:q}"
            " > {log:q} 2>&1"

    rule build_own_tables:
        """Number users and artists, and write the same tables, and the users' names."""
        input:
            code=code("data/build_own_tables.py"),
            counts="<results>/raw/own/counts.arrow",
            mbids="<results>/raw/own/mbids.parquet",
            friends=FRIENDS_FILE,
            tags=TAGS_FILE,
        output:
            TABLES,
            names="<tables>/user_names.parquet",
            mbids="<tables>/artist_mbids.parquet",
        log:
            "<logs>/build_own_tables.log",
        benchmark:
            "<benchmarks>/build_own_tables.tsv"
        localrule: True
        conda:
            "../../../envs/data.yaml"
        resources:
            **needs("build_own_tables"),
        params:
            folder=subpath(output[0], parent=True),
            score=LIKING["score"],
            beside=lambda wildcards, input: [
                f"--{name}={file}" for name in ("friends", "tags") for file in [input.get(name)] if file
            ],
        shell:
            "python workflow/scripts/data/build_own_tables.py"
            " --counts {input.counts:q}"
            " --mbids {input.mbids:q}"
            " {params.beside:q}"
            " --score {params.score}"
            " --output-folder {params.folder:q}"
            " > {log:q} 2>&1"

else:

    rule build_tables:
        """Check every row of the raw files and write them as Parquet, with the liking score of each listen."""
        input:
            code=code("data/build_tables.py"),
            raw=RAW_FILES,
        output:
            TABLES,
        log:
            "<logs>/build_tables.log",
        benchmark:
            "<benchmarks>/build_tables.tsv"
        localrule: True
        conda:
            "../../../envs/data.yaml"
        resources:
            **needs("build_tables"),
        params:
            raw=lambda wildcards, input: Path(input.raw[0]).parent,
            folder=subpath(output[0], parent=True),
            score=LIKING["score"],
            source=LIKING["source"],
        shell:
            "python workflow/scripts/data/build_tables.py"
            " --raw {params.raw:q}"
            " --score {params.score}"
            " --source {params.source}"
            " --output-folder {params.folder:q}"
            " > {log:q} 2>&1"
