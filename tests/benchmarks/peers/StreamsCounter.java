import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;

/** Kafka Streams: one thread that counts. The first tenth warms Java up; the clock starts after it. */
public final class StreamsCounter {
    private static long done;

    private StreamsCounter() {}

    public static void main(String[] arguments) throws Exception {
        JsonNode asked = new ObjectMapper().readTree(arguments[0]);
        long total = asked.get("total").asLong();
        long warm = total / 10;

        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(asked.get("topic").asText(), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .foreach((citizen, event) -> {
                    done++;
                    if (done == warm) {
                        say("first");
                    } else if (done == total) {
                        say("last");
                    }
                });

        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, asked.get("group").asText());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, asked.get("broker").asText());
        settings.put(StreamsConfig.STATE_DIR_CONFIG, asked.get("folder").asText() + "/streams");
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        try (KafkaStreams streams = new KafkaStreams(builder.build(), settings)) {
            streams.start();
            System.in.read();
        }
    }

    private static void say(String at) {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        double now = System.currentTimeMillis() / 1e3;
        double cpu = system.getProcessCpuTime() / 1e9;
        System.out.printf(
                Locale.ROOT, "{\"at\": \"%s\", \"time\": %.3f, \"cpu\": %.3f, \"done\": %d}%n", at, now, cpu, done);
        System.out.flush();
    }
}
