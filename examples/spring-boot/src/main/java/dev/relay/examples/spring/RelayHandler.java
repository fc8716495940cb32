package dev.relay.examples.spring;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A method of a bean that takes messages of this kind, as its only parameter a {@code Message}; what it returns answers a request, and returning acks. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface RelayHandler {
    /** The kind. */
    String value();
}
