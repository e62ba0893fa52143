// The examples name this page's own address; a button copies one, or selects it where the clipboard is closed.

const { address } = element.querySelector('[data-address]').dataset;
const here = location.origin + location.pathname.replace(/[/]+$/, '');
for (const code of element.querySelectorAll('pre code'))
  code.textContent = code.textContent.replaceAll(address, here);
element.addEventListener('click', async event => {
  const button = event.target.closest('.copy');
  if (!button) return;
  const example = button.closest('.example');
  const [code, said] = [example.querySelector('pre code'), example.querySelector('[role=status]')];
  try {
    await navigator.clipboard.writeText(code.textContent);
    said.textContent = said.dataset.copied;
  } catch {
    getSelection().selectAllChildren(code);
    said.textContent = said.dataset.selected;
  }
  setTimeout(() => said.textContent = '', 3000);
});
