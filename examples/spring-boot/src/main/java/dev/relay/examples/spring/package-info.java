/** Relay in a Spring Boot application: an auto-configured agent, handlers by annotation, a part of the application's health. */
@NullMarked
package dev.relay.examples.spring;

import org.jspecify.annotations.NullMarked;
