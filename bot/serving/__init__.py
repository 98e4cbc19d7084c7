"""Sets up, trains and runs the assistant on one machine. Prints progress in French, a line for each step."""
