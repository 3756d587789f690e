# Last.fm graph networks: two papers re-run, with and without their leaks.
#
#   snakemake --cores 8 results/table1.csv
#
# One room a question: rules/<room>, scripts/<room>, lastfm_gnn/<room> and tests/<room> belong together. Every rule runs
# one script of its name and declares as input the code that it runs, so that editing a file redoes what depends on it
# and no more.
import sys
from pathlib import Path
from shlex import quote

from snakemake.utils import min_version

min_version("9.27")

# These rules, and scripts on whatever machine, find the library here.
sys.path.insert(0, str(Path(workflow.basedir, "workflow")))
LIBRARY = quote(str(Path(workflow.basedir, "workflow"))).replace("{", "{{").replace("}", "}}")
shell.prefix(f"export PYTHONPATH={LIBRARY}" + "${{PYTHONPATH:+:$PYTHONPATH}}; ")

from lastfm_gnn.core.slurm import refuse_orphans
from show_progress import show_progress

progress = show_progress(workflow)


onstart:
    # Snakemake 9.27 looks for jobs to start once more a second after every look, so that each job that ends adds a
    # look a second until the run ends: some hundred take a core. Without a limit on jobs a second there are none.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
    else:
        refuse_orphans(Path.cwd())


onsuccess:
    progress.write(*unsent(), *listens_read(), progress.made())


onerror:
    progress.write(*unsent(), progress.stopped())


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


pathvars:
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",
    tables="<results>/tables/own" if "listens" in config else "<results>/tables/hetrec",


include: "workflow/rules/config.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/resources.smk"
include: "workflow/rules/track/receipts.smk"
include: "workflow/rules/track/runs.smk"
include: "workflow/rules/data/download.smk"
include: "workflow/rules/data/tables.smk"
include: "workflow/rules/data/explore.smk"
include: "workflow/rules/data/asia.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/table1/names.smk"
include: "workflow/rules/table1/graphs.smk"
include: "workflow/rules/table1/train.smk"
include: "workflow/rules/table1/evaluate.smk"
include: "workflow/rules/table1/table.smk"
include: "workflow/rules/table1/spread.smk"
include: "workflow/rules/asia/names.smk"
include: "workflow/rules/asia/folds.smk"
include: "workflow/rules/asia/models.smk"
include: "workflow/rules/asia/networks.smk"
include: "workflow/rules/asia/evaluate.smk"
include: "workflow/rules/leaderboard/leagues.smk"
include: "workflow/rules/liking.smk"
include: "workflow/rules/ranking.smk"
include: "workflow/rules/friends.smk"
include: "workflow/rules/leaderboard/tables.smk"
include: "workflow/rules/recommend.smk"
include: "workflow/rules/explain/names.smk"
include: "workflow/rules/explain/explanations.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        "<results>/table1.csv",
        # of one's own listens nothing was published
        ([] if "listens" in config else ["<results>/published_spread.csv", "<results>/peeking.csv"]),
        "<results>/leaderboard.csv",
        ("<results>/figures/diversity.png" if "ranking" in LEADERBOARD["tasks"] else []),
        "<results>/overview.html",
        expand("<results>/{table}.md", table=RESULT_TABLES),
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
