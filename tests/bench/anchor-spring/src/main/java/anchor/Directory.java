package anchor;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.annotation.PostConstruct;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.bson.Document;
import org.springframework.context.annotation.Profile;
import org.springframework.data.domain.Sort;
import org.springframework.data.mongodb.core.BulkOperations.BulkMode;
import org.springframework.data.mongodb.core.MongoTemplate;
import org.springframework.data.mongodb.core.index.Index;
import org.springframework.data.mongodb.core.query.Criteria;
import org.springframework.data.mongodb.core.query.Query;
import org.springframework.data.mongodb.core.query.Update;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The other service: inbox and read model of a whole batch in one transaction; the offsets follow it. */
@Component
@Profile("directory")
class Directory {

    private final MongoTemplate mongo;
    private final ObjectMapper json;

    Directory(MongoTemplate mongo, ObjectMapper json) {
        this.mongo = mongo;
        this.json = json;
    }

    @PostConstruct
    void prepare() {
        for (var name : List.of("inbox", "directory")) {
            if (!mongo.collectionExists(name)) {
                mongo.createCollection(name);
            }
        }
        mongo.indexOps("directory").ensureIndex(new Index("district", Sort.Direction.ASC));
    }

    @KafkaListener(topics = "${anchor.topic}")
    @Transactional
    public void hear(List<ConsumerRecord<String, byte[]>> batch) throws IOException {
        var fresh = new LinkedHashMap<String, ConsumerRecord<String, byte[]>>(batch.size() * 2);
        for (var message : batch) {
            fresh.putIfAbsent(header(message, "ce_id"), message);
        }
        var known = Query.query(Criteria.where("_id").in(new HashSet<>(fresh.keySet())));
        for (var seen : mongo.find(known, Document.class, "inbox")) {
            fresh.remove(seen.getString("_id"));
        }
        if (fresh.isEmpty()) {
            return;
        }
        var rows = mongo.bulkOps(BulkMode.UNORDERED, "directory");
        for (var message : fresh.values()) {
            var data = json.readValue(message.value(), Registered.class);
            rows.upsert(Query.query(Criteria.where("_id").is(message.key())), new Update()
                    .set("name", data.name()).set("level", data.level()).set("district", data.district()).set("industries", data.industries())
                    .set("lead_enterprise", data.leadEnterprise()).set("registered_at", header(message, "ce_time")));
        }
        mongo.insert(fresh.keySet().stream().map(id -> new Document("_id", id)).toList(), "inbox");
        rows.execute();
    }

    private static String header(ConsumerRecord<String, byte[]> message, String name) {
        return new String(message.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    /** The fields this reader uses, and no more. */
    @com.fasterxml.jackson.annotation.JsonIgnoreProperties(ignoreUnknown = true)
    record Registered(String name, String level, String district, List<String> industries,
            @com.fasterxml.jackson.annotation.JsonProperty("lead_enterprise") String leadEnterprise) {}
}
