package anchor;

import java.util.List;

/** The two forms of a transactional outbox: how record and event are kept together, and how events are found and let go. */
interface Outbox {

    /** Keep both or neither. */
    void keep(Association association, Event event);

    /** The oldest events not yet acknowledged by Kafka. */
    List<Event> waiting(int limit);

    /** Kafka has them. */
    void settle(List<Event> events);
}
