package anchor;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Profile;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.stereotype.Component;

/** Outbox to Kafka, at least once, in order: woken after a commit, else looking every half second. */
@Component
@Profile("register")
class Relay implements SmartLifecycle {

    private static final int PAGE = 500;
    private final Outbox outbox;
    private final KafkaTemplate<String, byte[]> kafka;
    private final ObjectMapper json;
    private final String topic;
    private final Semaphore bell = new Semaphore(0);
    private volatile boolean running;
    private Thread thread;

    Relay(Outbox outbox, KafkaTemplate<String, byte[]> kafka, ObjectMapper json, @Value("${anchor.topic}") String topic) {
        this.outbox = outbox;
        this.kafka = kafka;
        this.json = json;
        this.topic = topic;
    }

    void ring() {
        if (bell.availablePermits() == 0) {
            bell.release();
        }
    }

    private void run() {
        while (running) {
            try {
                bell.tryAcquire(500, TimeUnit.MILLISECONDS);
                bell.drainPermits();
                for (var page = outbox.waiting(PAGE); !page.isEmpty(); page = outbox.waiting(PAGE)) {
                    publish(page);
                    outbox.settle(page);
                }
            } catch (InterruptedException stop) {
                return;
            } catch (Exception failure) {
                LoggerFactory.getLogger(Relay.class).warn("relay begins anew", failure);
            }
        }
    }

    private void publish(List<Event> page) throws Exception {
        var sends = new ArrayList<CompletableFuture<?>>(page.size());
        for (var event : page) {
            var message = new ProducerRecord<>(topic, event.subject(), json.writeValueAsBytes(event.data()));
            Map.of("ce_specversion", "1.0", "ce_id", event.id(), "ce_type", event.type(), "ce_source", "/register/associations/association",
                            "ce_subject", event.subject(), "ce_sequence", String.valueOf(event.sequence()), "ce_time", event.time())
                    .forEach((name, value) -> message.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
            sends.add(kafka.send(message));
        }
        kafka.flush();
        CompletableFuture.allOf(sends.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
    }

    @Override
    public void start() {
        running = true;
        thread = new Thread(this::run, "relay");
        thread.start();
    }

    @Override
    public void stop() {
        running = false;
        thread.interrupt();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
