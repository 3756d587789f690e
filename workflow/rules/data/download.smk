# Raw files. Required inputs: none. Outputs: <results>/raw/hetrec/*.dat, checked against known checksums.
# With liking.source: generated, a data set of HetRec's size and shape stands in their place; own listens need none.

RAW_FILES = expand(
    "<results>/raw/hetrec/{file}.dat",
    file=["artists", "tags", "user_artists", "user_friends", "user_taggedartists"],
)


if LIKING["source"] == "official":

    rule download_dataset:
        """Take the raw files from the local data folder, else from the network."""
        input:
            code=code("data/download_dataset.py"),
        output:
            RAW_FILES,
        log:
            "<logs>/download_dataset.log",
        benchmark:
            "<benchmarks>/download_dataset.tsv"
        localrule: True
        conda:
            "../../../envs/data.yaml"
        resources:
            **needs("download_dataset"),
        params:
            folder=subpath(output[0], parent=True),
            data_folder=config["data_folder"],
        shell:
            "python workflow/scripts/data/download_dataset.py"
            " --data-folder {params.data_folder:q}"
            " --output-folder {params.folder:q}"
            " > {log:q} 2>&1"

elif LIKING["source"] == "generated":

    rule generate_dataset:
        """Make a data set of HetRec's size and shape, with a known truth in its scores."""
        input:
            code=code("data/generate_dataset.py"),
        output:
            RAW_FILES,
            truth="<results>/raw/hetrec/truth.csv",
        log:
            "<logs>/generate_dataset.log",
        benchmark:
            "<benchmarks>/generate_dataset.tsv"
        localrule: True
        conda:
            "../../../envs/data.yaml"
        resources:
            **needs("generate_dataset"),
        params:
            folder=subpath(output[0], parent=True),
            users=LIKING["generated"]["users"],
            artists=LIKING["generated"]["artists"],
            listens=LIKING["generated"]["listens"],
        shell:
            "python workflow/scripts/data/generate_dataset.py"
            " --users {params.users}"
            " --artists {params.artists}"
            " --listens {params.listens}"
            " --output-folder {params.folder:q}"
            " > {log:q} 2>&1"
