"""Times and memory of the core beside its peers, in one run: `make bench`. Nothing here is a test."""
