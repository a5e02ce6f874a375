"""HEIF."""
