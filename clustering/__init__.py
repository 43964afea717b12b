"""Clustering algorithms that take and return the engine's Tensor. Nothing is here yet."""
