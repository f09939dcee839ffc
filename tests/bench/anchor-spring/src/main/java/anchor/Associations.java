package anchor;

import jakarta.annotation.PostConstruct;
import jakarta.validation.Valid;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.springframework.context.annotation.Profile;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.data.domain.Sort;
import org.springframework.data.mongodb.core.MongoTemplate;
import org.springframework.data.mongodb.core.index.Index;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** POST a registration. */
@RestController
@Profile("register")
class Associations {

    private final Outbox outbox;
    private final Relay relay;
    private final MongoTemplate mongo;

    Associations(Outbox outbox, Relay relay, MongoTemplate mongo) {
        this.outbox = outbox;
        this.relay = relay;
        this.mongo = mongo;
    }

    @PostConstruct
    void prepare() {
        if (!mongo.collectionExists(Association.class)) {
            mongo.createCollection(Association.class);
        }
        mongo.indexOps(Association.class).ensureIndex(new Index("name", Sort.Direction.ASC).unique());
        mongo.indexOps(Association.class).ensureIndex(new Index("district", Sort.Direction.ASC).on("_id", Sort.Direction.ASC));
        mongo.indexOps(Association.class).ensureIndex(new Index("stage", Sort.Direction.ASC).on("_id", Sort.Direction.ASC));
    }

    @PostMapping("/register/associations")
    ResponseEntity<Association> register(@Valid @RequestBody Form form) {
        var association = Association.register(form, Instant.now().truncatedTo(ChronoUnit.MILLIS));
        outbox.keep(association, association.registered());
        relay.ring();
        return ResponseEntity.created(URI.create("/register/associations/" + association.id())).eTag("\"1\"").body(association);
    }

    @ExceptionHandler
    ProblemDetail taken(DuplicateKeyException duplicate) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.CONFLICT, "there is already an association of this name");
    }
}
