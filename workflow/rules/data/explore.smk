# Figures of the data. Required input: <tables>/listens.parquet. Outputs: <results>/figures/*.png and .svg.


rule explore_listens:
    """Figure 1 of the paper, the degrees and the liking scores."""
    input:
        code=code("data/explore_listens.py"),
        listens="<tables>/listens.parquet",
    output:
        counts=report(
            "<results>/figures/counts.png",
            category="Data",
            labels={"figure": "Figure 1: one user's counts"},
            caption="../../report/counts.rst",
        ),
        degrees=report(
            "<results>/figures/degrees.png",
            category="Data",
            labels={"figure": "Degrees"},
            caption="../../report/degrees.rst",
        ),
        scores=report(
            "<results>/figures/scores.png",
            category="Data",
            labels={"figure": "Liking scores"},
            caption="../../report/scores.rst",
        ),
        vectors=expand("<results>/figures/{name}.svg", name=["counts", "degrees", "scores"]),
    log:
        "<logs>/explore_listens.log",
    benchmark:
        "<benchmarks>/explore_listens.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("explore_listens"),
    params:
        folder=subpath(output.counts, parent=True),
    shell:
        "python workflow/scripts/data/explore_listens.py"
        " --listens {input.listens:q}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"
