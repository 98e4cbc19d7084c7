"""Measures understanding on voices that were held out: no row of a voice is learnt when that voice is asked."""
