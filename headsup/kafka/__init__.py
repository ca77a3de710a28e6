"""Kafka: the topics, a producer, a consumer. The only place that imports aiokafka."""
