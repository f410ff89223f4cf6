"""The hardened Faust transport, the producer, the fingerprint log and dead letters."""
