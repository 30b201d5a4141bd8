"""A language server for policy files: mistakes, explanations and examples while typing."""
