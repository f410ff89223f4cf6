"""Benchmarks behind `newswire bench`."""
