// go run . 127.0.0.1:9092 news.tagged
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	client, err := kgo.NewClient(kgo.SeedBrokers(os.Args[1]), kgo.ConsumeTopics(os.Args[2]), kgo.ConsumerGroup("desk-go"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	for err == nil {
		client.PollFetches(context.Background()).EachRecord(func(record *kgo.Record) {
			var article struct {
				ID       string                   `json:"article_id"`
				Title    string                   `json:"title"`
				Subjects []struct{ Label string } `json:"subjects"`
			}
			if json.Unmarshal(record.Value, &article) == nil {
				fmt.Println(article.ID, "|", article.Title, "|", article.Subjects)
			}
		})
	}
	panic(err)
}
