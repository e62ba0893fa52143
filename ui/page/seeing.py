"""Where the model looked for each word of a caption: a player that walks through the sentence, and a strip of pictures.

All is made in the browser from the photo and the maps that the words of the cards carry: no picture is sent twice.
"""

from pathlib import Path

from ui.texts.texts import t

SEEING_SCRIPT = Path(__file__).with_name("seeing.js").read_text(encoding="utf-8")


def seeing_html() -> str:
    """The player and the strip, empty, for `SEEING_SCRIPT` to fill."""
    return f"""
<section class="card seeing" aria-labelledby="seeing-title" hidden>
  <div class="head">
    <h2 id="seeing-title">{t("Where it looked, word by word")}</h2>
    <fieldset class="which"><legend class="unseen">{t("Which caption")}</legend></fieldset>
  </div>
  <p class="placeless quiet">{t("This model takes the photo as a whole: it has no place to show for a word.")}</p>
  <div class="player" role="group" aria-label="{t("Player; the arrow keys go from word to word")}">
    <div class="stage">
      <div class="scene"><img alt=""></div>
      <p class="now"><strong lang="en"></strong> <span></span></p>
      <div class="controls">
        <button type="button" class="back" aria-label="{t("Previous word")}">
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 5h2v14H6zM20 5v14L9 12z"/></svg></button>
        <button type="button" class="play" data-play="{t("Play")}" data-pause="{t("Pause")}">
          <svg viewBox="0 0 24 24" aria-hidden="true"><path class="go" d="M7 4v16l13-8z"/>
          <path class="stop" d="M6 5h4v14H6zM14 5h4v14h-4z"/></svg><span></span></button>
        <button type="button" class="next" aria-label="{t("Next word")}">
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M16 5h2v14h-2zM4 5v14l11-7z"/></svg></button>
      </div>
    </div>
    <ol class="strip" aria-label="{t("The words, each with its picture")}"></ol>
  </div>
  <p class="unseen" role="status"></p>
</section>
"""
