"""MPEG transport streams (ISO/IEC 13818-1), one module per layer: packets, tables, elementary streams."""
