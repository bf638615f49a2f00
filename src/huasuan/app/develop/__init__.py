"""Chores of those who change huasuan: migrations, generated docs, the picture of the README."""
