# Typed tables. Required inputs: <results>/raw/hetrec/*.dat. Outputs: <results>/tables/hetrec/*.parquet.


rule build_tables:
    """Check every row of the raw files and write them as Parquet, with the liking score of each listen."""
    input:
        code=code("build_tables.py"),
        raw=RAW_FILES,
    output:
        expand(
            "<results>/tables/hetrec/{table}.parquet",
            table=["listens", "users", "artists", "friends", "tags", "tag_assignments"],
        ),
    log:
        "<logs>/build_tables.log",
    benchmark:
        "<benchmarks>/build_tables.tsv"
    conda:
        "../../envs/data.yaml"
    params:
        raw=lambda wildcards, input: Path(input.raw[0]).parent,
        folder=subpath(output[0], parent=True),
        score=LIKING["score"],
        official="--official" if LIKING["source"] == "official" else "",
    shell:
        "python workflow/scripts/build_tables.py"
        " --raw {params.raw:q}"
        " --score {params.score}"
        " {params.official}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
