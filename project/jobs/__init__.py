"""The one door to background work: durable Job rows, RQ messages that only wake workers."""
