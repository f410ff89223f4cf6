"""The stages, in the order in which an article meets them: pure functions over batches."""
