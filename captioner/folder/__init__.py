"""The model folder: what a model is, how it is kept, sealed and described, and how it comes from the Hub."""
