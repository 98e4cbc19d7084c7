"""What nobody would send on purpose, sent to every public endpoint."""
