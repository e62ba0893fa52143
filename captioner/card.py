"""The model card: what a person should know before relying on a model, with the Hub's metadata block."""

METRICS = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr")


def model_card(model) -> str:
    return f"# {model.name}\n"
