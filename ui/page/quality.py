"""What a model's folder says of how good it is, as HTML: figures, mistakes, how it learned, how far to trust it."""

import base64
import json
from html import escape
from pathlib import Path

from captioner.folder.model import Model
from ui.texts.texts import number, t

FIGURES = ("BLEU-1", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr")
PICTURES = {
    "learning-curve.png": "How it learned: the loss on its training photos, and the score on others.",
    "reliability.png": "How sure it says it is of a word, and how often that word is right.",
}
MISTAKES = "mistakes.json"
EXAMPLES = "best-and-worst.json"
MOST_EXAMPLES, LONGEST = 10, 200  # of each kind, and characters: the folder may be a stranger's


def quality_html(name: str, model: Model, folder: Path | None) -> str:
    """What a person should know before relying on the model, as far as its folder says it."""
    data = model.training.get("data")
    learned = t("It has learned from {data}.", data=_english(data)) if data else ""
    parts = [
        f"<h2>{t('How good is {name}?', name=escape(name))}</h2>",
        f"<p>{learned} {t('What it has not seen there, it takes for something it has seen.')}</p>",
        _figures(model),
        _mistakes(folder),
        _examples(folder),
        *(_picture(folder, file, text) for file, text in PICTURES.items()),
    ]
    return f'<div class="card quality">{"".join(parts)}</div>'


def _figures(model: Model) -> str:
    records = [record for record in model.metrics if isinstance(record, dict) and record.get("split") == "test"]
    rows = [
        f"<tr><th scope='row'>{_search(record)}</th>{''.join(_figure(record, name) for name in FIGURES)}</tr>"
        for record in records
    ]
    if not rows:
        return f"<p>{t('Its captions have not been scored yet.')}</p>"
    head = "".join(f"<th scope='col'>{name}</th>" for name in FIGURES)
    scored = t(
        "Its captions of photos it had never seen, held against five people's captions of each, higher is better "
        "(in brackets: where 95 of 100 such sets of photos would put it):"
    )
    return (
        f'<p>{scored}</p><div class="wide" role="region" aria-label="{t("Scores")}" tabindex="0"><table>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _search(record: dict) -> str:
    width = record.get("beam_width")
    return t("greedy") if width == 1 else t("beam {width}", width=escape(str(width)))


def _figure(record: dict, name: str) -> str:
    """A cell; what a stranger's folder says in place of a number is not shown."""
    try:
        ends = record.get("intervals", {}).get(name)
        least, most = (number(end, ".1f") for end in ends[:2]) if ends else ("", "")
        interval = f" <small>({t('{least} to {most}', least=least, most=most)})</small>" if ends else ""
        return f"<td>{number(record[name], '.1f')}{interval}</td>"
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        return "<td></td>"


def _mistakes(folder: Path | None) -> str:
    """Of some captions that a person has read, how many were right, and what was wrong with the others."""
    try:
        read = json.loads((folder / MISTAKES).read_text(encoding="utf-8"))
        kinds = sorted(read["kinds"].items(), key=lambda kind: -kind[1])
        rows = "".join(
            f"<tr><th scope='row'>{escape(t(kind))}</th><td>{int(count)}</td></tr>" for kind, count in kinds if count
        )
        wrong = t(
            "Of {photos} captions read one by one, {right} are right. In the others, what is wrong (some have several "
            "things):",
            photos=int(read["photos"]),
            right=int(read["right"]),
        )
        return f"<p>{wrong}</p><table><tbody>{rows}</tbody></table>"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""


def _examples(folder: Path | None) -> str:
    """The captions nearest to what people wrote of a photo, and the farthest from it."""
    try:
        found = json.loads((folder / EXAMPLES).read_text(encoding="utf-8"))
        best = t(
            "Of {images} photos it did not learn from, the captions nearest to what people wrote, by CIDEr (0: nothing "
            "in common):",
            images=number(int(found["images"])),
        )
        worst = t("The farthest from it, and of these the ones that it was surest of:")
        return (
            f"<h3>{t('What it is good at')}</h3><p>{best}</p>{_examples_table(found['best'])}"
            f"<h3>{t('Where it fails')}</h3><p>{worst}</p>{_examples_table(found['worst'])}"
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""


def _examples_table(examples: list) -> str:
    rows = "".join(
        f"<tr><td lang='en'>{_text(example['caption'])}</td><td lang='en'>{_text(example['reference'])}</td>"
        f"<td>{float(example['CIDEr']):.0f}</td></tr>"
        for example in examples[:MOST_EXAMPLES]
    )
    titles = t("it wrote"), t("a person wrote"), "CIDEr"
    head = "".join(f"<th scope='col'>{title}</th>" for title in titles)
    return f'<table class="examples"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _english(text) -> str:
    """What the folder says, in the language it says it in."""
    return f'<span lang="en">{escape(str(text))}</span>'


def _text(text: str) -> str:
    return escape(" ".join(str(text)[:LONGEST].split()).replace(" .", "."))


def _picture(folder: Path | None, file: str, text: str) -> str:
    if folder is None or not (folder / file).is_file():
        return ""
    encoded = base64.b64encode((folder / file).read_bytes()).decode()
    return f'<figure><img alt="" src="data:image/png;base64,{encoded}"><figcaption>{t(text)}</figcaption></figure>'
