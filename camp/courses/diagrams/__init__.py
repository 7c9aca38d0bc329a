"""Drawings of lessons, one a file: see camp.courses.drawing."""
