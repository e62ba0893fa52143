// A number typed out of range is corrected before it counts: one too large at once, one too small once it is complete,
// since a visitor may be on the way from 1 to 15.

const page = document.getElementById('page');
const number = event => event.target.matches?.('#settings input[type=number]') && event.target.value !== '' ? event.target : null;
const least = field => field.min === '' ? -Infinity : Number(field.min);
const most = field => field.max === '' ? Infinity : Number(field.max);

page.addEventListener('input', event => {
  const field = number(event);
  if (!field) return;
  if (Number(field.value) > most(field)) field.value = field.max;
  if (Number(field.value) < least(field)) event.stopImmediatePropagation();
}, true);
const correct = event => {
  const field = number(event);
  if (!field || Number(field.value) >= least(field)) return;
  field.value = field.min;
  field.dispatchEvent(new Event('input', {bubbles: true}));
};
page.addEventListener('focusout', correct, true);
page.addEventListener('keydown', event => event.key === 'Enter' && correct(event), true);

// Gradio opens a menu when its field is reached, and so not again after Escape.

const reopen = event => {
  const field = event.target.closest?.('#settings input[role=combobox]');
  const asked = event.type === 'mousedown' || ['ArrowDown', 'Enter', ' '].includes(event.key);
  if (!asked || field !== document.activeElement || !field || field.getAttribute('aria-expanded') === 'true') return;
  field.blur();
  field.focus();
  event.preventDefault();
};
for (const name of ['mousedown', 'keydown']) page.addEventListener(name, reopen, true);
