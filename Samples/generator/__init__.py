"""Makers of the sample province: register, load curves, captures, scenes. Standard library only."""
