"""The response score: a small penalised model, tested on what it does to new patients, kept as JSON."""
