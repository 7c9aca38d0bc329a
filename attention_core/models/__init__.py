"""Trained models run by this core: a file of weights is read, checked and computed with `multi_head`."""
