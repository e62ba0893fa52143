"""Start the page's server, with a public address if one is requested and available."""

import io
import os
from contextlib import redirect_stdout

import gradio as gr

from ui.serving.uploads import Uploads

# Longer than clients and proxies keep a connection that nobody uses: it is to be closed by who sends the next request,
# which could otherwise meet a connection that is just being closed.
IDLE = 75  # seconds


def launch(blocks: gr.Blocks, share: bool, uploads: Uploads, **options) -> None:
    """Serve until interrupted; without a public address, the page is still served on this machine."""
    uploads.sweep_forever()
    if "SPACE_ID" in os.environ:  # only the Space's own proxy comes to it, and says who asks
        os.environ.setdefault("FORWARDED_ALLOW_IPS", "*")
    if share:
        _launch_in_public(blocks, options)
    else:
        blocks.launch(**options, prevent_thread_lock=True)
    blocks.server.config.timeout_keep_alive = IDLE
    blocks.block_thread()


def _launch_in_public(blocks: gr.Blocks, options: dict) -> None:
    print("Asking for a public address; this may take half a minute.", flush=True)
    with redirect_stdout(io.StringIO()):  # Gradio's own words for a failure speak of virus scanners
        blocks.launch(**options, share=True, prevent_thread_lock=True)
    print(f"The page is at {blocks.local_url}")
    if blocks.share_url:
        print(f"and, for up to a week, at {blocks.share_url} for anyone who has that address.")
    else:
        print(
            "No public address could be obtained: is this machine online, and can it reach gradio.live? "
            "The page keeps running here, for this machine only."
        )
