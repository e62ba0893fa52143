// The tree is drawn again with every search; it stays folded or unfolded, as the visitor left it.

const tree = () => element.querySelector('details.tree');
let unfolded = false;
element.addEventListener('toggle', event => { if (event.target === tree()) unfolded = tree().open; }, true);
watch('value', () => { if (tree()) tree().open = unfolded; });
