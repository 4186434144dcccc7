"""Pixels to faces: detectors, embedders and the engines made of them. Knows no Django."""
