# Last.fm graph networks: a pipeline that tells the truth.
#
#   snakemake --cores 8 results/table1.csv
#
# Rules stand in the order in which the data flows. Every rule runs one script of its name in workflow/scripts/
# and declares as input the code that it runs, so that editing a file redoes what depends on it and no more.
from snakemake.utils import min_version

min_version("9.27")


onstart:
    # Snakemake 9.27 looks for jobs to start once more a second after every look, so that each job that ends adds a
    # look a second until the run ends: some hundred take a core. Without a limit on jobs a second there are none.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


pathvars:
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


include: "workflow/rules/settings.smk"
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
include: "workflow/rules/spread.smk"
include: "workflow/rules/asia.smk"
include: "workflow/rules/folds.smk"
include: "workflow/rules/users_fit.smk"
include: "workflow/rules/users_train.smk"
include: "workflow/rules/users_evaluate.smk"
include: "workflow/rules/leagues.smk"
include: "workflow/rules/liking.smk"
include: "workflow/rules/ranking.smk"
include: "workflow/rules/friends.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/leaderboard.smk"
include: "workflow/rules/recommend.smk"
include: "workflow/rules/explain.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        "<results>/table1.csv",
        # of one's own listens nothing was published
        ([] if "listens" in config else ["<results>/published_spread.csv", "<results>/peeking.csv"]),
        "<results>/leaderboard.csv",
        "<results>/overview.html",
        RECOMMENDATIONS,
        EXPLAINED_LIKINGS,
        "<results>/figures/counts.png",
        "<results>/figures/degrees.png",
        "<results>/figures/scores.png",
        # generated data and one's own listens stand for HetRec alone
        (
            []
            if DATA_NOTE
            else [
                "<results>/cv_summary.csv",
                "<results>/figures/asia_mixing.png",
                "<results>/figures/asia_degrees.png",
                *EXPLAINED,
            ]
        ),


rule recommendations:
    input:
        RECOMMENDATIONS,
