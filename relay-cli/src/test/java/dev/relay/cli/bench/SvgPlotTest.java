package dev.relay.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

class SvgPlotTest {
    private static Document plot(List<Map<String, @Nullable Object>> points, List<List<String>> charts)
            throws Exception {
        String svg = new SvgPlot("sends by lanes", "lanes", "n", points, charts).svg();
        return DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> texts(Document svg) {
        NodeList texts = svg.getElementsByTagName("text");
        return IntStream.range(0, texts.getLength())
                .mapToObj(i -> texts.item(i).getTextContent())
                .toList();
    }

    private static List<Double> places(Document svg, String attribute) {
        NodeList dots = svg.getElementsByTagName("circle");
        return IntStream.range(0, dots.getLength())
                .mapToObj(i -> Double.valueOf(
                        dots.item(i).getAttributes().getNamedItem(attribute).getNodeValue()))
                .toList();
    }

    @Test
    void shouldPlaceDecadesEvenlyFromLeftToRightAndBeginAtZero() throws Exception {
        Document svg = plot(
                List.of(Map.of("n", 1, "rate", 0), Map.of("n", 10, "rate", 40), Map.of("n", 100L, "rate", 80.0)),
                List.of(List.of("rate")));
        assertThat(places(svg, "cx")).containsExactly(62.0, 201.0, 340.0);
        assertThat(places(svg, "cy")).containsExactly(190.0, 120.0, 50.0);
        assertThat(texts(svg)).contains("sends by lanes", "lanes", "rate", "0", "20", "40", "60", "80", "10", "100");
    }

    @Test
    void shouldGoLogarithmicWhereValuesLieFarApartAndShortenNumbers() throws Exception {
        Document svg = plot(
                List.of(Map.of("n", 1_000, "p50", 10, "p99", 1_000), Map.of("n", 300_000, "p50", 10, "p99", 100_000)),
                List.of(List.of("p50", "p99"), List.of("p50")));
        assertThat(texts(svg))
                .contains("1k", "300k", "10", "100", "10k", "100k")
                .doesNotContain("50k");
        assertThat(svg.getElementsByTagName("g").getLength()).isEqualTo(2);
        assertThat(places(svg, "cy").subList(0, 4)).containsExactly(190.0, 190.0, 120.0, 50.0);
    }
}
