"""The contracts between a shop, the services and whoever listens: every event that crosses Kafka.

JSON Schemas, the AsyncAPI document and the checked examples in `schemas/` are generated from here.
"""
