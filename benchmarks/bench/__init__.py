"""Measures the library in turn with what it is compared to, see ./bench."""
