// The drawing is made anew with every search; whether it is unfolded stays as the visitor left it.

const tree = () => element.querySelector('details.tree');
let unfolded = false;
element.addEventListener('toggle', event => { if (event.target === tree()) unfolded = tree().open; }, true);
watch('value', () => { if (tree()) tree().open = unfolded; });
