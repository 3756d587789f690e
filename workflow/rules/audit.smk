# Audits of splits. Required inputs: <results>/splits/{audited}/{audited_split}/. Outputs, which no other rule needs:
# <results>/audits/{audited}/{audited_split}.txt.


rule audit_split:
    """The leaks of one of the splits, in words. Exit status 3 says that there are some, which is no failure here."""
    input:
        code=code("audit/audit_split.py"),
        train="<results>/splits/{audited}/{audited_split}/train.parquet",
        valid="<results>/splits/{audited}/{audited_split}/valid.parquet",
        test="<results>/splits/{audited}/{audited_split}/test.parquet",
    output:
        "<results>/audits/{audited}/{audited_split}.txt",
    log:
        "<logs>/audit_split/{audited}/{audited_split}.log",
    benchmark:
        "<benchmarks>/audit_split/{audited}/{audited_split}.tsv"
    wildcard_constraints:
        audited="[a-z_]+",
        audited_split="[a-z]+_[0-9]+|single",
    localrule: True
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("audit_split"),
    shell:
        "python workflow/scripts/audit/audit_split.py"
        " --train {input.train:q}"
        " --valid {input.valid:q}"
        " --test {input.test:q}"
        " > {output:q} 2> {log:q} || [ $? -eq 3 ]"
