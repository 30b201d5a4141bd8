"""Settings for every test: Hypothesis never judges time, since machines differ."""

from hypothesis import HealthCheck, settings

settings.register_profile("gatepost", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gatepost")
