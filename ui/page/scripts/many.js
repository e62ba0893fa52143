// The table of many photos: an edited row shows no figure of the model's, the search hides other rows, and the browser
// asks before edits are lost.

const fields = () => [...element.querySelectorAll('textarea')];
const isEdited = field => field.value !== field.dataset.own;

const mark = field => {
  const row = field.closest('tr');
  row.querySelector('.models-own').hidden = isEdited(field);
  row.querySelector('.by-hand').hidden = !isEdited(field);
};

element.addEventListener('input', ({target}) => {
  if (target.matches('textarea')) mark(target);
  if (!target.matches('[type=search]')) return;
  const wanted = target.value.trim().toLowerCase();
  let found = 0;
  for (const row of element.querySelectorAll('tbody tr')) {
    const text = `${row.querySelector('th').innerText} ${row.querySelector('textarea')?.value ?? ''}`.toLowerCase();
    row.hidden = !text.includes(wanted);
    found += !row.hidden;
  }
  const said = element.querySelector('.found');
  said.textContent = wanted ? said.dataset.found.replace('{count}', found) : '';
});

addEventListener('beforeunload', event => {
  if (fields().some(isEdited)) event.preventDefault();
});
