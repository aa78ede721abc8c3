"""The written parts of the validation: questions, assertions, similarity; one item a line."""
