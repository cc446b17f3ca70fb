"""Builders of the captures that the packet benchmarks read.

Standard library only; the same seed gives the same bytes.
"""
