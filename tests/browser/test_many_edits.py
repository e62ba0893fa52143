"""Edits in the table of many photos: the model is not sure of them, they outlast more photos, and they go home."""

import csv
import io
import zipfile

from playwright.sync_api import expect

from captioner.folder.storage import DEFAULT_MODEL
from tests.browser.test_many import EXAMPLES, give, take
from tests.browser.visit import open_tab


def test_edits_stay_are_found_and_go_home_as_a_training_set(page):
    open_tab(page, "Many photos")
    expect(page.locator("#many-model")).to_contain_text(f"{DEFAULT_MODEL.name}, beam width 3")
    first, second, third, *_ = EXAMPLES
    give(page, [first, second])
    for step in page.locator("#many-table .sureness").all():
        assert step.inner_text() in ("sure", "not quite sure", "not sure")
    page.get_by_role("button", name="Make it yours").click()
    expect(page.get_by_text("Edit at least 2 captions first: ")).to_be_visible()
    said = page.locator("#many-said")
    expect(said).to_have_text("Done: 2 of 2 photos have a caption.", use_inner_text=True)  # and no "Error" over it
    field = page.locator("#many-table").get_by_label(first.name, exact=True)
    field.fill("my very own zebra words")
    row = page.locator("#many-table tbody tr").filter(has=page.get_by_label(first.name, exact=True))
    expect(row.get_by_text("edited")).to_be_visible()
    expect(row.locator(".sureness")).to_be_hidden()

    give(page, [third, second])
    expect(page.locator("#many-table textarea")).to_have_count(4)
    expect(field).to_have_value("my very own zebra words")
    expect(row.get_by_text("edited")).to_be_visible()
    page.get_by_label("Search in the captions").fill("ZEBRA")
    expect(page.locator("#many-table tbody tr:visible")).to_have_count(1)
    expect(page.get_by_text("Photos found: 1")).to_be_visible()
    page.get_by_label("Search in the captions").fill("")
    expect(page.locator("#many-table tbody tr:visible")).to_have_count(4)

    rows = list(csv.DictReader(io.StringIO(take(page, "table (CSV)").decode("utf-8-sig"))))
    assert [row["edited"] for row in rows] == ["true", "false", "false", "false"]
    assert len({row["file"] for row in rows}) == 4
    assert rows[0]["sure"] == rows[0]["score"] == "" != rows[1]["score"]
    page.locator("#many-table").get_by_label(third.name, exact=True).fill("another of my captions")
    training_set = zipfile.ZipFile(io.BytesIO(take(page, "Make it yours")))
    assert set(training_set.namelist()) == {
        f"my-photos/photos/{first.name}", f"my-photos/photos/{third.name}", "my-photos/captions.csv"
    }  # fmt: skip
    expect(page.locator("#many-said code")).to_contain_text(f"--start-from weights/{DEFAULT_MODEL.name}")

    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]
