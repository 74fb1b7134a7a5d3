"""What can be seen of a worker that runs: counts for Prometheus, and whether it lives and is ready."""
