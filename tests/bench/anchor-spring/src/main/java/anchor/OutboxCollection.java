package anchor;

import static org.springframework.data.mongodb.core.query.Criteria.where;
import static org.springframework.data.mongodb.core.query.Query.query;

import com.mongodb.MongoException;
import jakarta.annotation.PostConstruct;
import java.util.List;
import org.bson.types.ObjectId;
import org.springframework.context.annotation.Profile;
import org.springframework.data.annotation.Id;
import org.springframework.data.domain.Sort;
import org.springframework.data.mongodb.core.MongoTemplate;
import org.springframework.data.mongodb.core.index.Index;
import org.springframework.data.mongodb.core.mapping.Document;
import org.springframework.data.mongodb.core.query.Query;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Form J, as the pattern is usually written: record and event in two collections, one transaction. */
@Component
@Profile("register & outbox-collection")
class OutboxCollection implements Outbox {

    /** Ascending ids: the order of insertion by this process. */
    @Document("outbox")
    record Row(@Id ObjectId id, Event event) {}

    private final MongoTemplate mongo;
    private final TransactionTemplate transaction;
    private final RetryTemplate again = RetryTemplate.builder().maxAttempts(5).exponentialBackoff(5, 2, 100, true)
            .retryOn(failure -> isTransient(failure)).build();

    OutboxCollection(MongoTemplate mongo, PlatformTransactionManager transactions) {
        this.mongo = mongo;
        this.transaction = new TransactionTemplate(transactions);
    }

    /** MongoDB asks its callers to repeat a transaction that it gave up for reasons of its own. */
    private static boolean isTransient(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof MongoException mongo && mongo.hasErrorLabel(MongoException.TRANSIENT_TRANSACTION_ERROR_LABEL)) {
                return true;
            }
        }
        return false;
    }

    /** Collections are made before the first transaction needs them. */
    @PostConstruct
    void prepare() {
        if (!mongo.collectionExists(Row.class)) {
            mongo.createCollection(Row.class);
        }
        mongo.indexOps(Row.class).ensureIndex(new Index("event._id", Sort.Direction.ASC));
    }

    @Override
    public void keep(Association association, Event event) {
        again.execute(attempt -> transaction.execute(status -> {
            mongo.insert(association);
            return mongo.insert(new Row(new ObjectId(), event));
        }));
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
