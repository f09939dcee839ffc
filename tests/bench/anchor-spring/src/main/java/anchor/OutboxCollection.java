package anchor;

import static org.springframework.data.mongodb.core.query.Criteria.where;
import static org.springframework.data.mongodb.core.query.Query.query;

import jakarta.annotation.PostConstruct;
import java.util.List;
import org.springframework.context.annotation.Profile;
import org.springframework.data.annotation.Id;
import org.springframework.data.domain.Sort;
import org.springframework.data.mongodb.core.MongoTemplate;
import org.springframework.data.mongodb.core.mapping.Document;
import org.springframework.data.mongodb.core.query.Query;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Form J, as the pattern is usually written: record and event in two collections, one transaction. */
@Component
@Profile("register & outbox-collection")
class OutboxCollection implements Outbox {

    /** Ascending ids: the order of insertion by this process. */
    @Document("outbox")
    record Row(@Id org.bson.types.ObjectId id, Event event) {}

    private final MongoTemplate mongo;

    OutboxCollection(MongoTemplate mongo) {
        this.mongo = mongo;
    }

    /** Collections are made before the first transaction needs them. */
    @PostConstruct
    void prepare() {
        if (!mongo.collectionExists(Row.class)) {
            mongo.createCollection(Row.class);
        }
        mongo.indexOps(Row.class).ensureIndex(new org.springframework.data.mongodb.core.index.Index("event._id", Sort.Direction.ASC));
    }

    @Override
    @Transactional
    public void keep(Association association, Event event) {
        mongo.insert(association);
        mongo.insert(new Row(new org.bson.types.ObjectId(), event));
    }

    @Override
    public List<Event> waiting(int limit) {
        return mongo.find(new Query().with(Sort.by("_id")).limit(limit), Row.class).stream().map(Row::event).toList();
    }

    @Override
    public void settle(List<Event> events) {
        mongo.remove(query(where("event._id").in(events.stream().map(Event::id).toList())), Row.class);
    }
}
