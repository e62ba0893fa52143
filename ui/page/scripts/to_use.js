// The caption to use can be edited, and an edit outlasts what draws its card again, until another photo comes. As the
// alternative text of its photo, it is heard where the photo is seen.

let edit = {};
const field = () => element.querySelector('.to-use textarea');
const show = () => {
  const {value, dataset} = field();
  element.querySelector('.to-use .by-hand').hidden = value === dataset.own;
  const photo = element.querySelector('.photo img') ?? document.querySelector('#photo .photo img');
  if (photo) photo.alt = value;
};
element.addEventListener('input', event => {
  if (event.target !== field()) return;
  edit = {photo: event.target.dataset.photo, text: event.target.value};
  show();
});
element.addEventListener('click', event => {
  if (!event.target.closest('.to-use .by-hand button')) return;
  edit = {};
  field().value = field().dataset.own;
  field().focus();
  show();
});
watch('value', () => {
  if (!field()) return void (edit = {});
  const {dataset, defaultValue} = field();  // Gradio keeps the field, with what was typed into it
  field().value = edit.photo === dataset.photo ? edit.text : defaultValue;
  show();
});
