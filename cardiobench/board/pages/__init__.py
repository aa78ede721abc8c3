"""The pages of the board, one module each."""
