"""Measures the library in turn with its floor and peers, see ./bench."""
