// A number typed out of range is corrected before it counts: one too large at once, one too small once it is complete,
// since a visitor may be on the way from 1 to 15. So is a part of what is counted in ones.

const page = document.getElementById('page');
const number = event => event.target.matches?.('#settings input[type=number]') && event.target.value !== '' ? event.target : null;
const least = field => field.min === '' ? -Infinity : Number(field.min);
const most = field => field.max === '' ? Infinity : Number(field.max);

page.addEventListener('input', event => {
  const field = number(event);
  if (!field) return;
  if (Number(field.value) > most(field)) field.value = field.max;
  if (field.step === '1' && Number(field.value) % 1) field.value = Math.trunc(field.value);
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

// Gradio opens a menu when its field is reached: after Escape the field is left, so that it can be reached again.

page.addEventListener('keydown', event => {
  const field = event.key === 'Escape' && event.target.closest?.('#settings input[role=combobox]');
  if (field) setTimeout(() => field.blur());
}, true);

// In a low window the list of a menu scrolls, and Tab would go into it: it is gone as soon as it is reached.

page.addEventListener('keydown', event => {
  if (event.key !== 'Tab' || !event.target.matches?.('#settings input[role=combobox]')) return;
  document.querySelectorAll('[role=listbox]').forEach(list => { list.tabIndex = -1; });
}, true);
