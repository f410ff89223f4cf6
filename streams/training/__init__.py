"""Training of the shipped models from the evaluation data's tuning part."""
