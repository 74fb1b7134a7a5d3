"""The services that several servers share: PostgreSQL, Redis and RabbitMQ, each only where the environment names it."""
