"""python consume.py 127.0.0.1:9092 news.tagged   (pip install kafka-python zstandard)."""

import json
import sys

from kafka import KafkaConsumer

for record in KafkaConsumer(
    sys.argv[2], bootstrap_servers=sys.argv[1], group_id="desk-python", auto_offset_reset="earliest"
):
    article = json.loads(record.value)
    subjects = ", ".join(subject["label"] for subject in article["subjects"])
    print(article["article_id"], article["title"], subjects, sep=" | ", flush=True)  # noqa: T201
