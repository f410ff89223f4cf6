// java -cp 'libs/*' Consume.java 127.0.0.1:9092 news.tagged   (kafka-clients, jackson-databind, zstd-jni)
import java.time.Duration;
import java.util.*;
import com.fasterxml.jackson.databind.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Consume {
    public static void main(String[] args) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", args[0], "group.id", "desk-java", "auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(args[1]));
            while (true) for (var record : consumer.poll(Duration.ofSeconds(1))) {
                JsonNode article = new ObjectMapper().readTree(record.value());
                System.out.println(article.path("article_id").asText() + " | " + article.path("title").asText() + " | " + String.join(", ", article.path("subjects").findValuesAsText("label")));
            }
        }
    }
}
