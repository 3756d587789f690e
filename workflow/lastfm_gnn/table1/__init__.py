"""Table 1: the graph, its messages, the training of the paper's networks by each protocol."""
