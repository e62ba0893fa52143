"""Deploy the page to a Hugging Face Space."""

import argparse

from captioner.commands.options import add_upload


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--space", required=True, metavar="OWNER/NAME", help="the Space; created if needed")
    parser.add_argument("--model", metavar="OWNER/NAME", help="a Hub model to start with, instead of the built-in one")
    add_upload(parser)


def run(options: argparse.Namespace) -> None:
    """Show what deploying the page would change on the Hub, deploy it, and wait until it runs."""
    from captioner.publishing.space import deploy, pinned_model, plan_space, wait_until_it_runs

    model = options.model and pinned_model(options.model)
    upload = plan_space(options.space, model, options.private)
    print(upload)
    if options.dry_run:
        return
    commit = deploy(upload, model)
    print(wait_until_it_runs(options.space, commit))
