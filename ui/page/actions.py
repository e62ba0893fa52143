"""What a person can do with a caption: copy it, hear it, save it with its photo as a picture, share it by a link."""

from html import escape

from ui.texts.texts import t

ACTIONS = {"copy": "Copy", "speak": "Read aloud", "picture": "Save picture", "share": "Share link"}


def actions_html(kind: str) -> str:
    """The buttons of the card whose caption is of that kind; what they do is `ACTIONS_SCRIPT`."""
    buttons = "".join(button_html(do, text) for do, text in ACTIONS.items())
    return f'<p class="actions" data-kind="{escape(kind)}">{buttons}</p>'


def button_html(do: str, text: str) -> str:
    """A button of `ACTIONS_SCRIPT`, with the words it shows when it has done or could not do it."""
    return (
        f'<button type="button" data-do="{do}" data-done="{t("Copied")}" data-refused="{t("Not allowed")}">'
        f"{t(text)}</button>"
    )


# One listener for all cards, wherever they are: they are drawn anew with each caption.
# It tells the server what it cannot do itself: 'picture', 'keep' and 'remove' are events of the component it is in.
ACTIONS_SCRIPT = """
const note = document.createElement('p');
note.className = 'unseen';
note.setAttribute('role', 'status');
document.body.append(note);

const say = (button, text) => {
  note.textContent = text;
  button.dataset.said = text;
  setTimeout(() => { delete button.dataset.said; note.textContent = ''; }, 2000);
};
const copy = async (button, text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // no clipboard but by the old way, as over plain http
    const field = Object.assign(document.createElement('textarea'), {value: text, className: 'unseen'});
    document.body.append(field);
    field.select();
    const copied = document.execCommand('copy');
    field.remove();
    button.focus();
    if (!copied) return say(button, button.dataset.refused);
  }
  say(button, button.dataset.done);
};

const voice = window.speechSynthesis;
document.documentElement.classList.toggle('can-speak', Boolean(voice && window.SpeechSynthesisUtterance));
const speak = (button, text) => {
  const mine = button.getAttribute('aria-pressed') === 'true';
  const hush = () => document.querySelectorAll('[data-do=speak][aria-pressed]').forEach(
    other => other.removeAttribute('aria-pressed'));
  voice.cancel();
  hush();
  if (mine) return;
  const utterance = Object.assign(new SpeechSynthesisUtterance(text), {lang: 'en'});
  utterance.onend = utterance.onerror = event => event.error === 'interrupted' || event.error === 'canceled' || hush();
  button.setAttribute('aria-pressed', 'true');
  voice.speak(utterance);
};

document.addEventListener('click', event => {
  const button = event.target.closest('button[data-do]');
  const link = button?.closest('.link');
  const card = button?.closest('.card');
  const text = card?.querySelector('.unseen[role=status]')?.textContent.trim();
  const kind = button?.closest('[data-kind]')?.dataset.kind;
  const id = button?.closest('[data-result]')?.dataset.result ?? '';
  ({
    copy: () => copy(button, text),
    speak: () => speak(button, text),
    picture: () => trigger('picture', {kind, id}),
    share: () => trigger('keep'),
    'copy-link': () => copy(button, link.querySelector('input').value),
    'remove-link': () => trigger('remove', {id, token: link.dataset.token}),
  })[button?.dataset.do]?.();
});

watch('value', () => {
  const link = element.querySelector('.link');
  if (!link) return;
  const address = `${location.origin}${location.pathname}?result=${link.dataset.result}`;
  link.querySelector('input').value = address;
  link.querySelector('a').href = `${address}#delete=${link.dataset.token}`;
  element.scrollIntoView({block: 'nearest'});
});
"""

# The picture comes as an address within the page; large ones are saved only as a blob.
SAVE_SCRIPT = """
watch('value', async () => {
  const link = element.querySelector('a');
  if (!link) return;
  const blob = await (await fetch(link.href)).blob();
  const save = Object.assign(document.createElement('a'), {href: URL.createObjectURL(blob), download: link.download});
  save.click();
  setTimeout(() => URL.revokeObjectURL(save.href), 60000);
});
"""
