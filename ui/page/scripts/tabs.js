// The tab that is open stands in the address, so that a reload or a link opens it again.

const NAMES = ['photo', 'many', 'quality', 'code'];
const tabs = () => [...document.querySelectorAll('#views > .tab-wrapper [role=tablist] > [role=tab]')];
document.addEventListener('click', event => {
  const at = tabs().indexOf(event.target.closest?.('[role=tab]'));
  if (at < 0) return;
  const address = new URL(location.href);
  if (at) address.searchParams.set('tab', NAMES[at]);
  else address.searchParams.delete('tab');
  history.replaceState(history.state, '', address);
});
const wanted = NAMES.indexOf(new URLSearchParams(location.search).get('tab'));
const open = () => (tabs()[wanted] ? tabs()[wanted].click() : requestAnimationFrame(open));
if (wanted > 0) open();
