// The picture comes as an address within the page; large ones are saved only as a blob.

watch('value', async () => {
  const link = element.querySelector('a');
  if (!link) return;
  const blob = await (await fetch(link.href)).blob();
  const save = Object.assign(document.createElement('a'), {href: URL.createObjectURL(blob), download: link.download});
  save.click();
  setTimeout(() => URL.revokeObjectURL(save.href), 60000);
});
