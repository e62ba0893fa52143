"""Upload a model to the Hugging Face Hub, in one commit."""

import argparse

from captioner.commands.options import add_model, add_upload


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_model(parser)
    parser.add_argument(
        "--repo", required=True, metavar="OWNER/NAME", help="the repository on the Hub; created if needed"
    )
    parser.add_argument("--revision", metavar="TAG", help="a tag for this version, to load it by later")
    add_upload(parser)


def run(options: argparse.Namespace) -> None:
    """Show what publishing a model would change on the Hub, and publish it."""
    from captioner.publishing.publish import check_tag, plan_publishing, publish

    upload = plan_publishing(options.model, options.repo, options.private)
    print(upload)
    if options.revision:
        check_tag(upload, options.revision)
        print(f"Its commit gets the tag {options.revision}.")
    if options.dry_run:
        return
    commit = publish(options.model, upload, options.revision)
    print(
        f"{'Published' if upload.is_needed else 'Nothing has changed'}: "
        f'Captioner.from_pretrained("{options.repo}", revision="{commit}")'
    )
