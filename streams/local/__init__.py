"""The embedded runner: the same stages in process, no broker."""
