package anchor;

import com.mongodb.ReadConcern;
import com.mongodb.WriteConcern;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.mongo.MongoClientSettingsBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.data.mongodb.MongoDatabaseFactory;
import org.springframework.data.mongodb.MongoTransactionManager;
import org.springframework.data.mongodb.core.MongoTemplate;
import org.springframework.data.mongodb.core.convert.DefaultMongoTypeMapper;
import org.springframework.data.mongodb.core.convert.MappingMongoConverter;

/** One program, two roles: `register` takes commands, `directory` keeps the read model of another service. */
@SpringBootApplication
public class Anchor {

    public static void main(String[] arguments) {
        SpringApplication.run(Anchor.class, arguments);
    }

    /** Acknowledged means journalled by a majority, as everywhere in this comparison. */
    @Bean
    MongoClientSettingsBuilderCustomizer safe() {
        return settings -> settings
                .writeConcern(WriteConcern.MAJORITY.withJournal(true))
                .readConcern(ReadConcern.MAJORITY)
                .retryWrites(true)
                .applyToConnectionPoolSettings(pool -> pool.minSize(8).maxSize(64));
    }

    @Bean
    MongoTransactionManager transactions(MongoDatabaseFactory factory) {
        return new MongoTransactionManager(factory);
    }

    /** No `_class` in every document: nothing here is polymorphic. */
    @Bean
    MongoTemplate mongoTemplate(MongoDatabaseFactory factory, MappingMongoConverter converter) {
        converter.setTypeMapper(new DefaultMongoTypeMapper(null));
        return new MongoTemplate(factory, converter);
    }
}
