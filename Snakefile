# Last.fm graph networks: a pipeline that tells the truth.
#
#   snakemake --cores 8 results/table1.csv
#
# Rules stand in the order in which the data flows. Every rule runs one script of its name in workflow/scripts/
# and declares as input the code that it runs, so that editing a file redoes what depends on it and no more.
from snakemake.utils import min_version

min_version("9.27")


configfile: "config/config.yaml"


pathvars:
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


include: "workflow/rules/common.smk"
include: "workflow/rules/download.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/explore.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/graphs.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/track.smk"
include: "workflow/rules/aggregate.smk"
include: "workflow/rules/asia.smk"
include: "workflow/rules/region.smk"


rule all:
    default_target: True
    input:
        "<results>/table1.csv",
        "<results>/figures/counts.png",
        "<results>/figures/degrees.png",
        "<results>/figures/scores.png",
        # generated data stands for HetRec alone
        (
            []
            if DATA_NOTE
            else [
                "<results>/cv_summary.csv",
                "<results>/figures/asia_mixing.png",
                "<results>/figures/asia_degrees.png",
            ]
        ),
