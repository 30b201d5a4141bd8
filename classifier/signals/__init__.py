"""Signals: named patterns that set a tag on their own, each with its examples."""
