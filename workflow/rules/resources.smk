# What a job of each rule needs, from benchmark records (<results>/benchmarks/) of runs on the real data.
from math import ceil

# Rule: peak memory in MB, CPU seconds of its largest job.
MEASURED = {
    # tables, on the master
    "download_dataset": (120, 1),
    "download_asia": (120, 1),
    "build_tables": (230, 8),
    "count_listens": (230, 8),  # as build_tables
    "build_own_tables": (230, 8),  # as build_tables
    "build_asia_tables": (160, 1),
    "generate_dataset": (230, 8),  # as build_tables, whose files it writes
    "generate_features": (500, 10),  # 3 million made-up likes in memory
    "make_table1": (130, 2),
    "make_spread": (130, 2),
    "make_peeking": (130, 2),
    "make_leaderboard": (500, 60),
    "summarise_cv": (500, 60),
    "make_overview": (300, 10),
    "render_table": (130, 3),
    # splits, graphs, figures
    "explore_listens": (300, 5),
    "explore_asia": (210, 3),
    "audit_split": (400, 10),
    "make_splits": (350, 3),  # published: every pair twice
    "make_ranking_splits": (150, 1),
    "make_friend_splits": (310, 3),
    "make_folds": (280, 4),
    "choose_artists": (160, 1),
    "embed_friends": (1020, 10),  # a dense matrix of users by users
    "build_graph": (430, 4),
    # Table 1: importing torch and DGL takes 400 MB of each
    "fit_baseline": (420, 5),
    "train_model": (580, 55),  # augmentation as published
    "select_model": (130, 1),
    "evaluate_model": (470, 8),
    "measure_spread": (600, 60),  # a training that looks at test after every epoch
    # LastFM Asia
    "train_user_network": (930, 45),
    "train_user_network, large": (2560, 170),  # 73 million weights; docs/times.md
    "tune_user_network": (1100, 60),  # all artists
    "select_settings": (130, 1),
    "classify_users": (660, 540),  # hop_attention
    "rank_artists": (1700, 190),  # taste_network; docs/times.md
    "blend_scores": (1000, 60),
    "evaluate_regions": (270, 5),
    "evaluate_artists": (1000, 30),  # 300 MB with the lists that are known here
    # leaderboard
    "predict_liking": (1240, 380),  # boosted trees with members
    "blend_liking": (200, 2),
    "evaluate_liking": (180, 2),
    "describe_lists": (1960, 220),
    "rank_listens": (1910, 170),  # memory of lightgcn, time of walk_ranker
    "evaluate_ranking": (200, 3),
    "peek_ranking": (300, 5),
    "make_diversity": (680, 30),
    "predict_friends": (2690, 290),  # boosted trees on LastFM Asia
    "evaluate_friends": (530, 3),
    # recommendations and explanations
    "choose_champion": (300, 5),
    "register_champion": (1000, 30),
    "recommend_artists": (2300, 120),
    "recommend_friends": (2300, 120),
    "make_recommend_page": (1000, 15),
    "explain_attention": (480, 45),
    "explain_users": (1000, 120),
    "explain_features": (1000, 120),
    "explain_liking": (1000, 300),
    # MLflow
    "track_runs": (400, 60),
}


def needs(rule, large=lambda wildcards: False):
    """The resources of a rule: memory (MB) and time (minutes) to ask for; every retry asks for as much again.

    Half as much memory as was measured on top, and 500 MB for the two Snakemakes in which a job of a cluster runs; four
    times the seconds, for slower processors, and ten minutes for a shared file system that is slow to start Python.
    """

    def measured(wildcards):
        return MEASURED[f"{rule}, large" if large(wildcards) else rule]

    def mem_mb(wildcards, attempt):
        return attempt * ceil((500 + 1.5 * measured(wildcards)[0]) / 100) * 100

    def runtime(wildcards, attempt):
        return attempt * ceil(10 + 4 * measured(wildcards)[1] / 60)

    return {"mem_mb": mem_mb, "runtime": runtime}
