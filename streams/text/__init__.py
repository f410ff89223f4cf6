"""Text as flat arrays: no Kafka, no files, no knowledge of articles."""
