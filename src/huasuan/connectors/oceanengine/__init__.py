"""Ocean Engine: conversion events by click id."""

from huasuan.connectors.oceanengine.connector import OCEAN_ENGINE

__all__ = ["OCEAN_ENGINE"]
