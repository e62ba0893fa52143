"""The endpoints for Gradio's clients: `gradio_client` in Python and `@gradio/client` in JavaScript.

Their arguments and answers are typed: `/gradio_api/info` and both clients show the shapes.
"""

from contextlib import contextmanager
from pathlib import Path

import gradio as gr
from gradio import processing_utils
from gradio.utils import get_upload_folder

from captioner import CaptionerError, ImageError
from captioner.answer import BatchAnswer, CaptionAnswer, Comparison, HealthAnswer, ModelsAnswer
from ui.programs.options import OF_A_COMPARISON, OPTIONS, Option, taking
from ui.programs.service import AT_ONCE, Service

BATCHES_AT_ONCE = 4


def offer(service: Service) -> None:
    """Add the endpoints to the page that is being built; programs do not wait for visitors, nor visitors for them."""

    @plain_errors()
    @taking(OPTIONS, plain_type)
    def caption(picture: gr.FileData, model: str | None = None, **options) -> CaptionAnswer:
        """Caption one picture; beam width 1 is greedy search."""
        return service.caption(uploaded(picture), model, **options)

    @plain_errors()
    @taking(OF_A_COMPARISON, plain_type)
    def compare(picture: gr.FileData, model: str | None = None, **options) -> Comparison:
        """Caption one picture greedily and by beam search."""
        return service.compare(uploaded(picture), model, **options)

    @plain_errors()
    @taking(OPTIONS, plain_type)
    def caption_batch(pictures: list[gr.FileData], model: str | None = None, **options) -> BatchAnswer:
        """Caption many pictures; one that cannot be read does not stop the others."""
        if not isinstance(pictures, list):
            raise ImageError("The pictures are missing: give a list of uploaded files.")
        return service.caption_batch([(name_of(each), uploaded(each)) for each in pictures], model, **options)

    @plain_errors()
    def models() -> ModelsAnswer:
        """The models of this server."""
        return service.models()

    @plain_errors()
    def health() -> HealthAnswer:
        """Health check."""
        return service.health()

    for endpoint in caption, compare:
        gr.api(endpoint, api_name=endpoint.__name__, concurrency_id="programs", concurrency_limit=AT_ONCE)
    gr.api(caption_batch, api_name="caption_batch", concurrency_limit=BATCHES_AT_ONCE)  # single ones wait for none
    for endpoint in models, health:
        gr.api(endpoint, api_name=endpoint.__name__, concurrency_limit=AT_ONCE)
    processing_utils.async_ssrf_protected_get = fetch_nothing


@contextmanager
def plain_errors():
    """Pass our own errors to the caller as a message, without logging them as faults."""
    try:
        yield
    except CaptionerError as error:
        raise gr.Error(str(error), print_exception=False) from error


def plain_type(option: Option):
    """An option's type as Gradio shows it."""
    return option.kind if option.default is not None else option.kind | None


def uploaded(picture) -> Path:
    """The path of a picture that the caller uploaded; no other file on this machine can be named.

    Raises:
        ImageError: it is not an upload.
    """
    path = picture.get("path") if isinstance(picture, dict) else None
    if not isinstance(path, str) or not Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve()):
        raise ImageError("The picture is missing: upload a file, as Gradio's clients do with handle_file.")
    return Path(path)


def name_of(picture) -> str:
    """The caller's name for the picture."""
    name = picture.get("orig_name") or picture.get("path") if isinstance(picture, dict) else None
    return Path(name).name if isinstance(name, str) else "picture"


async def fetch_nothing(url: str):
    """In place of Gradio's own fetching of pictures by their address: whose network is it, and what is in it?"""
    raise gr.Error("This server fetches nothing from web addresses: upload the picture itself.", print_exception=False)
