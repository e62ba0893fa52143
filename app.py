"""The web page's start: settings, models, launch."""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"  # of the events that Gradio remembers for a page that is not served
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from starlette.middleware import Middleware

from captioner import CaptionerError
from ui.launch import launch
from ui.models import Models
from ui.page.layout import build
from ui.page.render import FAVICON, STYLE
from ui.page.theme import THEME
from ui.programs.routes import routes
from ui.programs.service import Service
from ui.serving.around import around, listeners
from ui.serving.leftovers import Leftovers
from ui.serving.memory import give_back_forever
from ui.serving.uploads import Uploads
from ui.settings import read_settings
from ui.sharing.results import Results
from ui.texts.texts import I18N

SESSIONS = 64  # of Gradio's, each about 400 kB; nothing that a visitor would miss is in them


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Serve the page; docs/deploy.md lists the environment variables it reads.",
        epilog="examples:\n  python app.py\n  python app.py --share --auth me:secret\n  PORT=8080 python app.py",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    model_help = "the model to start with: a folder, or owner/name on the Hub (default: $CAPTIONER_MODEL, or our own)"
    parser.add_argument("--model", metavar="MODEL", help=model_help)
    parser.add_argument("--mcp", action="store_true", help="also serve AI assistants, at /mcp (Model Context Protocol)")
    parser.add_argument("--share", action="store_true", help="also ask Gradio for a public address, for up to a week")
    parser.add_argument("--auth", metavar="USER:PASSWORD", default=os.environ.get("CAPTIONER_AUTH"),
                        help="ask visitors for this user name and password (default: $CAPTIONER_AUTH)")  # fmt: skip
    chosen = parser.parse_args()
    chosen.auth = tuple(chosen.auth.split(":", 1)) if chosen.auth else None
    if chosen.auth and (len(chosen.auth) < 2 or not all(chosen.auth)):
        parser.error("--auth takes a user and a password with a colon between them")
    return chosen


def main() -> None:
    chosen = options()
    give_back_forever()
    try:
        settings = read_settings(os.environ, chosen.model, chosen.share)
        uploads = Uploads()
        uploads.use()
        models = Models(settings.weights, settings.engine, settings.model, settings.models)
        service = Service(models, settings.upload_megabytes * 2**20, settings.queue_size)
        results = Results(settings.results) if settings.sharing else None
        blocks = build(models, service, settings, results)
    except CaptionerError as error:
        raise SystemExit(f"The page cannot start: {error}") from error
    told, metrics = listeners(settings)
    beside = routes(service, lambda: blocks.app, settings.host if chosen.mcp else None, results, metrics)
    tidy = Middleware(Leftovers, page=lambda: blocks)
    beside["middleware"] = [*around(settings, uploads.folder, told), *beside["middleware"], tidy]
    launch(
        blocks,
        chosen.share,
        uploads,
        server_name=settings.host,
        server_port=settings.port,
        root_path=settings.base_path or None,
        app_kwargs=beside,
        auth=chosen.auth,
        theme=THEME,
        css_paths=STYLE,
        i18n=I18N,
        max_file_size=f"{settings.upload_megabytes}mb",
        show_error=False,  # ours are shown all the same; of others nobody learns what is inside
        footer_links=[],
        favicon_path=FAVICON,
        enable_monitoring=False,
        state_session_capacity=SESSIONS,
        run_history=False,
        ssr_mode=False,
    )


if __name__ == "__main__":
    main()
