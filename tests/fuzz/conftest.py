from datetime import timedelta

from hypothesis import HealthCheck, settings


settings.register_profile(
    "long", max_examples=5_000, deadline=timedelta(seconds=2), suppress_health_check=list(HealthCheck), print_blob=True
)
