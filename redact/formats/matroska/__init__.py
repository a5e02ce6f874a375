"""Matroska."""
