"""HEIF and its kin (HEIC, HIF, AVIF): pictures as items of a box, made of each other by reference."""
