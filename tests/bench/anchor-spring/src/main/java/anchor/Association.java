package anchor;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.bson.Document;
import org.springframework.data.annotation.Id;
import org.springframework.data.domain.Persistable;
import org.springframework.data.mongodb.core.mapping.Field;

/** The record. `outbox` and `pending` are used by one of the two forms only. */
@org.springframework.data.mongodb.core.mapping.Document("associations")
public record Association(
        @Id String id,
        String stage,
        long version,
        String name,
        Form.Level level,
        String district,
        List<String> industries,
        String scope,
        @JsonProperty("registered_fund") @Field("registered_fund") long registeredFund,
        @JsonProperty("founded_on") @Field("founded_on") String foundedOn,
        @JsonProperty("lead_enterprise") @Field("lead_enterprise") String leadEnterprise,
        @JsonProperty("registered_at") @Field("registered_at") Instant registeredAt,
        @JsonIgnore List<Event> outbox,
        @JsonIgnore Instant pending) implements Persistable<String> {

    /** The decision: what a valid form becomes. */
    static Association register(Form form, Instant now) {
        return new Association(UUID.randomUUID().toString(), "REGISTERED", 1, form.name(), form.level(), form.district(), form.industries(),
                form.scope(), form.registeredFund(), form.foundedOn().toString(), form.leadEnterprise(), now, null, null);
    }

    /** The fact that tells others of it. */
    Event registered() {
        var data = new Document("name", name).append("level", level.name()).append("district", district).append("industries", industries)
                .append("scope", scope).append("registered_fund", registeredFund).append("founded_on", foundedOn)
                .append("lead_enterprise", leadEnterprise);
        return new Event(UUID.randomUUID().toString(), "register.associations.association_registered.v1", id, 1, registeredAt.toString(), data);
    }

    Association withOutbox(Event event) {
        return new Association(id, stage, version, name, level, district, industries, scope, registeredFund, foundedOn, leadEnterprise,
                registeredAt, List.of(event), registeredAt);
    }

    @Override
    public String getId() {
        return id;
    }

    /** Only ever inserted here: spares Spring Data the question whether it exists. */
    @Override
    @JsonIgnore
    public boolean isNew() {
        return true;
    }
}
