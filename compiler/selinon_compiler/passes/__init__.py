"""The passes: plain functions, each from one frozen value to the next."""
