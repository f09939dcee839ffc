package anchor;

import static org.springframework.data.mongodb.core.query.Criteria.where;
import static org.springframework.data.mongodb.core.query.Query.query;

import jakarta.annotation.PostConstruct;
import java.util.List;
import org.springframework.context.annotation.Profile;
import org.springframework.data.domain.Sort;
import org.springframework.data.mongodb.core.MongoTemplate;
import org.springframework.data.mongodb.core.index.Index;
import org.springframework.data.mongodb.core.index.PartialIndexFilter;
import org.springframework.data.mongodb.core.query.Update;
import org.springframework.stereotype.Component;

/** Form JE: the event waits inside its record, so one single-document write keeps both and no transaction is needed. */
@Component
@Profile("register & outbox-document")
class OutboxDocument implements Outbox {

    private final MongoTemplate mongo;

    OutboxDocument(MongoTemplate mongo) {
        this.mongo = mongo;
    }

    @PostConstruct
    void prepare() {
        mongo.indexOps(Association.class).ensureIndex(new Index("pending", Sort.Direction.ASC).partial(PartialIndexFilter.of(where("pending").exists(true))));
    }

    @Override
    public void keep(Association association, Event event) {
        mongo.insert(association.withOutbox(event));
    }

    @Override
    public List<Event> waiting(int limit) {
        var oldest = query(where("pending").exists(true)).with(Sort.by("pending")).limit(limit);
        oldest.fields().include("outbox");
        return mongo.find(oldest, Waiting.class, "associations").stream().flatMap(row -> row.outbox().stream()).toList();
    }

    /** A record here is written once, so an emptied outbox stays empty; with further commands this would pull by event id. */
    @Override
    public void settle(List<Event> events) {
        mongo.updateMulti(query(where("_id").in(events.stream().map(Event::subject).toList())),
                new Update().unset("outbox").unset("pending"), Association.class);
    }

    record Waiting(String id, List<Event> outbox) {}
}
