"""Tests of the notices to the team."""
