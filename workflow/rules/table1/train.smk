# Training and the choice of the decay. Required inputs: the graph, train and valid of a split; never its test.
# Outputs: <results>/runs/table1/{model}/{split}/trial_{trial}/ and <results>/runs/table1/{model}/selected_<protocol>.json.


rule train_model:
    """Train one network on one split; the best epoch is that of the lowest validation error."""
    input:
        code=lambda wildcards: code("table1/train_model.py", model_file(wildcards.model)),
        graph=lambda wildcards: graph_of(wildcards.split),
        train=lambda wildcards: parts_of(wildcards.split, "train"),
        valid=lambda wildcards: parts_of(wildcards.split, "valid"),
    output:
        model="<results>/runs/table1/{model}/{split}/trial_{trial}/model.pt",
        history="<results>/runs/table1/{model}/{split}/trial_{trial}/history.csv",
        run="<results>/runs/table1/{model}/{split}/trial_{trial}/run.json",
    log:
        "<logs>/train_model/{model}/{split}/trial_{trial}.log",
    benchmark:
        "<benchmarks>/train_model/{model}/{split}/trial_{trial}.tsv"
    wildcard_constraints:
        model="|".join(NETWORKS),
    conda:
        "../../../envs/gnn.yaml"
    threads: lambda wildcards: processes_of(protocol_of(wildcards.split))
    resources:
        **needs("train_model"),
        **gpu(lambda wildcards: model_file(wildcards.model)),
    params:
        device=lambda wildcards: device_of(model_file(wildcards.model)),
        identity=lambda wildcards: identity(
            task="table1", model=wildcards.model, split=wildcards.split, trial=int(wildcards.trial)
        ),
        variant=lambda wildcards: NETWORKS[wildcards.model]["variant"],
        input=lambda wildcards: NETWORKS[wildcards.model]["input"],
        protocol=lambda wildcards: protocol_of(wildcards.split),
        seed=lambda wildcards: seed_of(wildcards.split),
        decay=lambda wildcards: decay_of(wildcards.model, wildcards.split, wildcards.trial),
        training=LIKING["training"],
        neighbours=lambda wildcards: neighbours_of(protocol_of(wildcards.split)),
        processes=lambda wildcards: processes_of(protocol_of(wildcards.split)),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/table1/train_model.py"
        " --graph {input.graph:q}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --variant {params.variant}"
        " --input {params.input}"
        " --protocol {params.protocol}"
        " --seed {params.seed}"
        " --decay {params.decay}"
        " --hidden {params.training[hidden]}"
        " --epochs {params.training[epochs]}"
        " --batch-size {params.training[batch_size]}"
        " --neighbours {params.neighbours}"
        " --learning-rate {params.training[learning_rate]}"
        " --weight-decay {params.training[weight_decay]}"
        " --processes {params.processes}"
        " --device {params.device}"
        " {params.identity}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


rule fit_baseline:
    """Fit one trivial predictor to the training part of one split."""
    input:
        code=lambda wildcards: code("table1/fit_baseline.py", model_file(wildcards.model)),
        graph=lambda wildcards: graph_of(wildcards.split),
        train=lambda wildcards: parts_of(wildcards.split, "train"),
        valid=lambda wildcards: parts_of(wildcards.split, "valid"),
    output:
        model="<results>/runs/table1/{model}/{split}/trial_{trial}/model.pt",
        history="<results>/runs/table1/{model}/{split}/trial_{trial}/history.csv",
        run="<results>/runs/table1/{model}/{split}/trial_{trial}/run.json",
    log:
        "<logs>/fit_baseline/{model}/{split}/trial_{trial}.log",
    benchmark:
        "<benchmarks>/fit_baseline/{model}/{split}/trial_{trial}.tsv"
    wildcard_constraints:
        model="|".join(BASELINES),
    localrule: True
    conda:
        "../../../envs/gnn.yaml"
    resources:
        **needs("fit_baseline"),
    params:
        identity=lambda wildcards: identity(
            task="table1", model=wildcards.model, split=wildcards.split, trial=int(wildcards.trial)
        ),
        protocol=lambda wildcards: protocol_of(wildcards.split),
        settings=lambda wildcards: json.dumps(BASELINES[wildcards.model], sort_keys=True),
        folder=subpath(output.run, parent=True),
    shell:
        "python workflow/scripts/table1/fit_baseline.py"
        " --graph {input.graph:q}"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --variant {wildcards.model}"
        " --protocol {params.protocol}"
        " --settings {params.settings:q}"
        " {params.identity}"
        " --output-folder {params.folder:q}"
        " > {log:q} 2>&1"


checkpoint select_model:
    """The decay with the lowest validation error on the first seed of a protocol; it serves the other seeds."""
    input:
        code=code("table1/select_model.py"),
        runs=lambda wildcards: expand(
            "<results>/runs/table1/{model}/{split}/trial_{trial}/run.json",
            model=wildcards.model,
            split=tuned_split(wildcards.protocol),
            trial=range(len(LIKING["tuned_decays"])),
        ),
    output:
        "<results>/runs/table1/{model}/selected_{protocol}.json",
    log:
        "<logs>/select_model/{model}/{protocol}.log",
    benchmark:
        "<benchmarks>/select_model/{model}/{protocol}.tsv"
    localrule: True
    conda:
        "../../../envs/data.yaml"
    resources:
        **needs("select_model"),
    shell:
        "python workflow/scripts/table1/select_model.py"
        " --runs {input.runs:q}"
        " --output {output:q}"
        " > {log:q} 2>&1"
